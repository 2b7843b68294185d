import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, type TestContext, test } from 'node:test';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import type { Position } from '../../src/core/record.ts';
import { SourceReader, until } from '../support/source-reader.ts';

const address = process.env.DRIFTCAST_TEST_KAFKA;
const skip =
  address === undefined
    ? 'needs a broker: eval "$(deploy/native/kafka.sh up)"; DRIFTCAST_TEST_KAFKA=$KAFKA_BROKERS'
    : false;

const kafka = new Kafka({ brokers: [address ?? 'none:1'], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
const admin = kafka.admin();
const topicsMade: string[] = [];
let producer: Producer;

before(async () => {
  if (skip) return;
  producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
});

after(async () => {
  if (skip) return;
  if (topicsMade.length > 0) await admin.deleteTopics({ topics: topicsMade });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

async function makeTopic(partitions: number): Promise<string> {
  const topic = `driftcast-test-${randomUUID()}`;
  // messages of fixed times are older than a week: the broker would delete them whenever it looks
  const configEntries = [{ name: 'retention.ms', value: '-1' }];
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, configEntries }] });
  topicsMade.push(topic);
  return topic;
}

/** Numbered messages 'from'... to one partition. */
async function produce(topic: string, partition: number, from: number, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, i) => ({
    key: `k${partition}`,
    value: String(from + i),
    partition,
    timestamp: String(1_772_000_000_000 + from + i),
  }));
  await producer.send({ topic, messages });
}

class Reader extends SourceReader {
  constructor(topic: string, group: string, options: object = {}, credits = Infinity) {
    super(address as string, topic, { group, ...options }, { credits });
  }
}

function closing(t: TestContext, ...readers: Reader[]): void {
  t.after(() => Promise.all(readers.map(({ source }) => source.close())));
}

const texts = (reader: Reader) => reader.records.map(({ value }) => Buffer.from(value as Uint8Array).toString());

function firstPosition(reader: { readonly records: readonly { readonly position: Position }[] }): Position {
  const [record] = reader.records;
  assert.ok(record, 'nothing was read');
  return record.position;
}

test('a reset comes before the first record, records come whole and in order, until: end ends', { skip }, async (t) => {
  const topic = await makeTopic(2);
  await produce(topic, 0, 0, 500);
  await produce(topic, 1, 1000, 300);
  const reader = new Reader(topic, `g-${topic}`, { until: 'end' });
  closing(t, reader);
  await reader.done;

  assert.equal(reader.records.length, 800);
  assert.equal(reader.source.progress(), 1);
  for (const partition of [0, 1]) {
    const own = reader.events.filter(
      (event) => (event.kind === 'record' ? event.record.position : event).partition === partition,
    );
    assert.equal(own[0]?.kind, 'reset');
    const last = own.at(-1);
    assert.ok(last?.kind === 'closed' && last.ended);
    const records = reader.records.filter(({ position }) => position.partition === partition);
    assert.deepEqual(
      records.map(({ position }) => position.offset),
      records.map((_, i) => i),
    );
    assert.deepEqual(new Set(records.map(({ position }) => position.generation)).size, 1);
    const first = records[0];
    assert.equal(first?.key, `k${partition}`);
    assert.equal(first?.timestampMs, 1_772_000_000_000 + partition * 1000);
    assert.ok(first?.value instanceof Uint8Array);
    assert.equal(Buffer.from(first.value).toString(), String(partition * 1000));
  }
});

test('until: end of empty partitions, and of a group that has read everything, ends at once', { skip }, async (t) => {
  const topic = await makeTopic(2);
  const empty = new Reader(topic, `g-${topic}`, { until: 'end' });
  closing(t, empty);
  await empty.done;
  assert.deepEqual(empty.records, []);

  await produce(topic, 0, 0, 10);
  const first = new Reader(topic, `h-${topic}`, { until: 'end' });
  await first.done;
  assert.equal(first.records.length, 10);
  const { topic: name, partition, generation } = firstPosition(first);
  await first.source.commit([{ topic: name, partition, generation, nextOffset: 10 }]);
  await first.source.close();
  const second = new Reader(topic, `h-${topic}`, { until: 'end' });
  closing(t, second);
  await second.done;
  assert.deepEqual(second.records, []);
});

test('emits no more than the credits allow, however far ahead the producer is', { skip }, async (t) => {
  const topic = await makeTopic(1);
  await produce(topic, 0, 0, 5000);
  const reader = new Reader(topic, `g-${topic}`, {}, 7);
  closing(t, reader);
  await until('the first credits to be used', () => reader.records.length === 7);
  await systemClock.sleep(1500);
  assert.equal(reader.records.length, 7, 'waits longer than a session heartbeat without emitting');
  assert.equal(reader.source.health().ok, true);
  reader.grant(1000);
  await until('the next credits to be used', () => reader.records.length === 1007);
  await systemClock.sleep(300);
  assert.equal(reader.records.length, 1007);
  reader.grant(1e6);
  await until('the rest', () => reader.records.length === 5000);
  assert.deepEqual(
    texts(reader),
    Array.from({ length: 5000 }, (_, i) => String(i)),
  );
  assert.equal(reader.resets(0).length, 1, 'no rebalance happened while waiting');
});

test('a restart resumes at the commit exactly; commits stay possible after stop', { skip }, async (t) => {
  const topic = await makeTopic(1);
  const group = `g-${topic}`;
  await produce(topic, 0, 0, 100);
  const first = new Reader(topic, group);
  await until('all records', () => first.records.length === 100);
  const { generation } = firstPosition(first);
  await first.source.commit([{ topic, partition: 0, generation, nextOffset: 20 }]);
  await first.source.stop();
  await first.done;
  await produce(topic, 0, 100, 5);
  await first.source.commit([
    { topic, partition: 0, generation, nextOffset: 42 },
    { topic, partition: 0, generation, nextOffset: 30 },
    { topic, partition: 0, generation: generation - 1, nextOffset: 99 },
    { topic, partition: 7, generation, nextOffset: 1 },
    { topic: 'other', partition: 0, generation, nextOffset: 1 },
  ]);
  await systemClock.sleep(300);
  assert.equal(first.records.length, 100, 'nothing is emitted after stop');
  await first.source.close();

  const second = new Reader(topic, group);
  closing(t, second);
  await until('the rest', () => second.records.length === 63);
  assert.deepEqual(
    texts(second),
    Array.from({ length: 63 }, (_, i) => String(42 + i)),
  );
});

test('a second member: resets with new generations, closed partitions, nothing lost, stale marks dropped', {
  skip,
}, async (t) => {
  const topic = await makeTopic(4);
  const group = `g-${topic}`;
  for (let partition = 0; partition < 4; partition++) await produce(topic, partition, partition * 1000, 200);
  const first = new Reader(topic, group);
  closing(t, first);
  await until('the first member to read all', () => first.records.length === 800);
  const before = firstPosition(first).generation;
  await first.source.commit(
    [0, 1, 2, 3].map((partition) => ({ topic, partition, generation: before, nextOffset: 150 })),
  );

  const second = new Reader(topic, group);
  closing(t, second);
  await until(
    'both to own partitions',
    () => second.events.some(({ kind }) => kind === 'reset') && first.events.some(({ kind }) => kind === 'closed'),
  );
  await first.source.commit(
    [0, 1, 2, 3].map((partition) => ({ topic, partition, generation: before, nextOffset: 200 })),
  );
  for (let partition = 0; partition < 4; partition++) await produce(topic, partition, partition * 1000 + 200, 50);

  const retained = () => first.records.filter(({ position }) => position.generation > before);
  await until('everything behind the commit again', () => retained().length + second.records.length >= 400);
  await systemClock.sleep(300);
  const again = [...retained(), ...second.records];
  const seen = again.map(({ position }) => `${position.partition}/${position.offset}`).sort();
  const expected = [0, 1, 2, 3]
    .flatMap((partition) => Array.from({ length: 100 }, (_, i) => `${partition}/${150 + i}`))
    .sort();
  assert.deepEqual(seen, expected, 'each message behind the commit once, by one member');
  const owners = new Set(second.records.map(({ position }) => position.partition));
  assert.equal(owners.size, 2, 'partitions are shared');
  for (const event of first.events) if (event.kind === 'closed') assert.ok(owners.has(event.partition) && !event.ended);
  for (const record of retained()) assert.ok(!owners.has(record.position.partition));
});

test('from: latest starts at the end; a commit below what is kept starts at the oldest message', {
  skip,
}, async (t) => {
  const topic = await makeTopic(1);
  await produce(topic, 0, 0, 50);
  const latest = new Reader(topic, `l-${topic}`, { from: 'latest' });
  closing(t, latest);
  await until('membership', () => latest.source.health().ok);
  await systemClock.sleep(500);
  await produce(topic, 0, 50, 5);
  await until('the new ones', () => latest.records.length >= 5);
  assert.deepEqual(texts(latest), ['50', '51', '52', '53', '54']);

  const group = `g-${topic}`;
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '10' }] });
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '30' }] });
  const reader = new Reader(topic, group, { until: 'end' });
  closing(t, reader);
  await reader.done;
  assert.equal(texts(reader)[0], '30');
  assert.equal(reader.records.length, 25);
});

test('aborted transactions and control records neither reach the stream nor keep until: end from ending', {
  skip,
}, async (t) => {
  const topic = await makeTopic(1);
  const transactional = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: `t-${topic}`,
    maxInFlightRequests: 1,
    idempotent: true,
    retry: { initialRetryTime: 20 },
  });
  await transactional.connect();
  t.after(() => transactional.disconnect());
  const kept = await transactional.transaction();
  await kept.send({ topic, messages: [{ value: 'kept' }] });
  await kept.commit();
  const dropped = await transactional.transaction();
  await dropped.send({ topic, messages: [{ value: 'dropped' }] });
  await dropped.abort();
  const reader = new Reader(topic, `g-${topic}`, { until: 'end' });
  closing(t, reader);
  await reader.done;
  assert.deepEqual(texts(reader), ['kept']);
});

test('a topic that does not exist is said so', { skip }, async (t) => {
  const reader = new Reader(`missing-${randomUUID()}`, 'g');
  closing(t, reader);
  await assert.rejects(reader.done, (error: unknown) => {
    assert.ok(error instanceof DriftcastError);
    assert.equal(error.code, 'SOURCE_FAILED');
    assert.match(error.message, /no such topic: missing-/);
    return true;
  });
  assert.equal(reader.source.health().ok, false);
});
