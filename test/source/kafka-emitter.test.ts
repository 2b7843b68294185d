import assert from 'node:assert/strict';
import { test } from 'node:test';
import kafkajs, { type EachBatchPayload, type KafkaMessage } from 'kafkajs';
import { registerKafkaCodecs } from '../../src/core/kafka-codecs.ts';
import type { SourceEvent } from '../../src/core/record.ts';
import { emitBatch } from '../../src/source/kafka-emitter.ts';
import { type OwnedPartition, OwnedPartitions } from '../../src/source/kafka-partitions.ts';

const messages = (from: number, count: number): KafkaMessage[] =>
  Array.from({ length: count }, (_, i) => ({
    key: Buffer.from('k'),
    value: Buffer.from(`v${from + i}`),
    timestamp: String(1000 + i),
    attributes: 0,
    offset: String(from + i),
    headers: {},
  }));

/** A client and a pipeline made of switches. The clock jumps to the end of every sleep. */
class Bench {
  readonly events: SourceEvent[] = [];
  readonly resolved: string[] = [];
  readonly partitions = new OwnedPartitions();
  readonly moved: number[] = [];
  credits = Infinity;
  stopped = false;
  running = true;
  stale = false;
  heartbeats = 0;
  /** Called with every heartbeat and record: where a test throws its switches. */
  onHeartbeat: () => void = () => undefined;
  onRecord: (offset: number) => void = () => undefined;

  constructor(next: number | null = 0) {
    this.partitions.join({ t: [0] });
    this.slot.next = next;
  }

  get slot(): OwnedPartition {
    return this.partitions.get({ topic: 't', partition: 0 }) as OwnedPartition;
  }

  get offsets(): number[] {
    return this.events.flatMap((event) => (event.kind === 'record' ? [event.record.position.offset] : []));
  }

  emit(batch: KafkaMessage[], lastOffset = batch.at(-1)?.offset ?? '0'): Promise<void> {
    const bench = this;
    const payload = {
      batch: { topic: 't', partition: 0, highWatermark: '100', messages: batch, lastOffset: () => lastOffset },
      resolveOffset: (offset: string) => void this.resolved.push(offset),
      heartbeat: async () => {
        this.heartbeats++;
        this.onHeartbeat();
      },
      isRunning: () => this.running,
      isStale: () => this.stale,
    } as unknown as EachBatchPayload;
    return emitBatch(payload, {
      partitions: this.partitions,
      emit: (event) => {
        this.events.push(event);
        this.credits--;
        if (event.kind === 'record') this.onRecord(event.record.position.offset);
      },
      credits: {
        get free() {
          return bench.credits > 0;
        },
        whenFree: () => new Promise(() => undefined),
      },
      clock: { nowMs: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve(), every: () => () => undefined },
      stopped: () => this.stopped,
      moved: (slot) => void this.moved.push(slot.next ?? -1),
    });
  }
}

test('a batch becomes records with their position; the end of the batch is resolved', async () => {
  const bench = new Bench();
  await bench.emit(messages(0, 3), '4');
  assert.deepEqual(bench.offsets, [0, 1, 2]);
  const [first] = bench.events;
  assert.ok(first?.kind === 'record');
  assert.equal(first.record.key, 'k');
  assert.equal(first.record.timestampMs, 1000);
  assert.deepEqual(first.record.position, { topic: 't', partition: 0, generation: 1, offset: 0 });
  assert.deepEqual(bench.resolved, ['2'], 'kafkajs itself resolves the control records behind the last message');
  assert.equal(bench.slot.next, 5);
  assert.deepEqual(bench.moved, [5]);
});

test('waits for credits with heartbeats and goes on where it was', async () => {
  const bench = new Bench();
  bench.credits = 2;
  let waits = 0;
  bench.onHeartbeat = () => {
    assert.equal(bench.offsets.length, 2);
    if (++waits === 5) bench.credits = 10;
  };
  await bench.emit(messages(0, 4));
  assert.deepEqual(bench.offsets, [0, 1, 2, 3]);
  assert.equal(bench.heartbeats, 5);
});

for (const [what, leave] of [
  [
    'a stop',
    (bench: Bench) => {
      bench.stopped = true;
    },
  ],
  [
    'the end of the client',
    (bench: Bench) => {
      bench.running = false;
    },
  ],
  [
    'a seek',
    (bench: Bench) => {
      bench.stale = true;
    },
  ],
  [
    'a failing heartbeat',
    () => {
      throw new Error('REBALANCE_IN_PROGRESS');
    },
  ],
] as const) {
  test(`${what} while waiting leaves the batch; what was emitted is not emitted again`, async () => {
    const bench = new Bench();
    bench.credits = 2;
    bench.onHeartbeat = () => leave(bench);
    await bench.emit(messages(0, 4));
    assert.deepEqual(bench.offsets, [0, 1]);
    assert.deepEqual(bench.resolved, ['1']);
    Object.assign(bench, { credits: 10, stopped: false, running: true, stale: false, onHeartbeat: () => undefined });
    await bench.emit(messages(0, 4));
    assert.deepEqual(bench.offsets, [0, 1, 2, 3]);
  });
}

test('a rebalance while waiting leaves the batch and resolves nothing in the new generation', async () => {
  const bench = new Bench();
  bench.credits = 2;
  bench.onHeartbeat = () => void bench.partitions.join({ t: [0] });
  await bench.emit(messages(0, 4));
  assert.deepEqual(bench.offsets, [0, 1]);
  assert.deepEqual(bench.resolved, []);
  assert.equal(bench.slot.generation, 2);
  assert.equal(bench.slot.next, null);
});

test('a rebalance in the middle of emitting emits nothing of the old generation after it', async () => {
  const bench = new Bench();
  bench.onRecord = (offset) => {
    if (offset === 1) bench.partitions.join({ t: [0] });
  };
  await bench.emit(messages(0, 4));
  assert.deepEqual(bench.offsets, [0, 1]);
  assert.deepEqual(bench.resolved, []);
});

test('nothing is emitted before the start is known, nor of messages fetched before the seek', async () => {
  const bench = new Bench(null);
  let beats = 0;
  bench.onHeartbeat = () => {
    if (++beats === 3) Object.assign(bench, { stale: true }).slot.next = 2;
  };
  await bench.emit(messages(0, 4));
  assert.equal(beats, 3);
  assert.deepEqual([bench.offsets, bench.resolved], [[], []]);
  bench.stale = false;
  await bench.emit(messages(0, 4));
  assert.deepEqual(bench.offsets, [2, 3]);
});

test('a partition with an end stops in front of it and then passes everything by', async () => {
  const bench = new Bench();
  bench.slot.end = 2;
  await bench.emit(messages(0, 4));
  assert.deepEqual(bench.offsets, [0, 1]);
  assert.ok((bench.slot.next ?? 0) >= 2);
  bench.slot.ended = true;
  await bench.emit(messages(4, 4));
  assert.deepEqual(bench.offsets, [0, 1]);
  assert.deepEqual(bench.resolved, ['3', '7']);
});

test('a partition that is not owned, and a stopped source, emit nothing', async () => {
  const lost = new Bench();
  lost.partitions.lose();
  await lost.emit(messages(0, 2));
  const stopped = new Bench();
  stopped.stopped = true;
  await stopped.emit(messages(0, 2));
  for (const bench of [lost, stopped]) assert.deepEqual([bench.offsets, bench.resolved], [[], []]);
});

test('no key, no timestamp, no value', async () => {
  const bench = new Bench();
  await bench.emit(messages(0, 1).map((message) => ({ ...message, key: null, value: null, timestamp: '-1' })));
  const [event] = bench.events;
  assert.ok(event?.kind === 'record');
  assert.deepEqual([event.record.key, event.record.value, event.record.timestampMs], [null, null, null]);
});

test('headers come along: the last one of a name, short ones only; without any there are none', async () => {
  const bench = new Bench();
  const [plain, headed] = messages(0, 2);
  await bench.emit([
    plain,
    {
      ...headed,
      headers: {
        device: Buffer.from('pump'),
        twice: [Buffer.from('a'), Buffer.from('b')],
        long: Buffer.alloc(5000),
        gone: undefined,
      },
    } as KafkaMessage,
  ]);
  const headers = bench.events.map((event) => (event.kind === 'record' ? event.record.headers : null));
  assert.deepEqual(headers, [
    undefined,
    new Map([
      ['device', 'pump'],
      ['twice', 'b'],
    ]),
  ]);
});

test('a message of a batch that could not be opened says so, and has no value', async () => {
  registerKafkaCodecs();
  const codec = (
    kafkajs.CompressionCodecs as Record<number, () => { decompress(bytes: Buffer): Promise<Buffer> }>
  )[1]();
  const batch = Buffer.alloc(61 + 10);
  batch.writeInt32BE(batch.length - 12, 8);
  batch[16] = 2; // magic; the checksum stays 0
  batch.writeInt32BE(1, 57);
  const substitute = await codec.decompress(batch.subarray(61));
  const bench = new Bench();
  await bench.emit(messages(5, 1).map((message) => ({ ...message, value: substitute.subarray(6, 7) })));
  const [event] = bench.events;
  assert.ok(event?.kind === 'record');
  assert.deepEqual([event.record.value, event.record.key, event.record.position.offset], [null, null, 5]);
  assert.match(event.record.unreadable ?? '', /gzip cannot be read: its checksum does not match/);
});

test('tells messages that were there when the partition was taken over', async () => {
  const bench = new Bench(3);
  bench.slot.known = 5;
  await bench.emit(messages(3, 4));
  const known = bench.events.map((event) => event.kind === 'record' && event.record.mayBeKnown);
  assert.deepEqual(known, [true, true, false, false]);
});
