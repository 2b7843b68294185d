import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../src/core/clock.ts';
import type { InfluxAnswer } from '../../src/sink/influxdb-answer.ts';
import type { InfluxClient } from '../../src/sink/influxdb-client.ts';
import { batches, createInfluxWriter, type LastingAnswer, type WriterOptions } from '../../src/sink/influxdb-writer.ts';
import { LateWrites } from '../../src/sink/late-writes.ts';

const linesOf = (...texts: string[]) => texts.map((line) => ({ line, series: `of ${line}` }));

interface Played {
  readonly client: InfluxClient;
  readonly calls: string[];
}

function clientThat(write: (lines: readonly string[]) => InfluxAnswer, lacks: boolean | null = false): Played {
  const calls: string[] = [];
  const client: InfluxClient = {
    async write(lines) {
      calls.push(lines.join('|'));
      return write(lines);
    },
    async createDatabase() {
      calls.push('create');
      return { kind: 'done' };
    },
    lacksRetentionPolicy: async () => lacks,
    close() {},
  };
  return { client, calls };
}

const writerFor = (client: InfluxClient, changes: Partial<WriterOptions> = {}) =>
  createInfluxWriter(client, {
    target: 'InfluxDB',
    batchPointsMax: 100,
    batchBytesMax: 1000,
    createDatabase: true,
    patiently: async (call) => {
      for (let attempt = 0; attempt < 10; attempt++) {
        const answer = await call();
        if (answer.kind !== 'unavailable') return answer as LastingAnswer;
      }
      throw new Error('gave up');
    },
    onDatabaseCreated() {},
    late: new LateWrites(systemClock, 0),
    signal: new AbortController().signal,
    ...changes,
  });

const done: InfluxAnswer = { kind: 'done' };
const rejected = (reason: string, dropped: number | null): InfluxAnswer => ({
  kind: 'rejected',
  reason,
  text: reason,
  dropped,
});

describe('createInfluxWriter', () => {
  test('nothing to write is no request', async () => {
    const { client, calls } = clientThat(() => done);
    assert.deepEqual(await writerFor(client)([]), []);
    assert.deepEqual(calls, []);
  });

  test('writes in batches, in order', async () => {
    const { client, calls } = clientThat(() => done);
    await writerFor(client, { batchPointsMax: 2 })(linesOf('a', 'b', 'c', 'd', 'e'));
    assert.deepEqual(calls, ['a|b', 'c|d', 'e']);
  });

  test('finds the refused lines by halving; the others are written', async () => {
    const stored = new Set<string>();
    const { client, calls } = clientThat((lines) => {
      const bad = lines.filter((line) => line.startsWith('bad'));
      for (const line of lines) if (!bad.includes(line)) stored.add(line);
      return bad.length === 0 ? done : rejected('conflict', bad.length);
    });
    const refused = await writerFor(client)(linesOf('a', 'b', 'bad1', 'c', 'd', 'e', 'bad2', 'bad3'));
    assert.deepEqual(
      refused,
      ['bad1', 'bad2', 'bad3'].map((line) => ({ line, series: `of ${line}`, reason: 'conflict' })),
    );
    assert.deepEqual([...stored].sort(), ['a', 'b', 'c', 'd', 'e']);
    // The last two are not asked one by one: the server said that it dropped both.
    assert.ok(!calls.includes('bad2'));
  });

  test('a count of zero, as parse errors have it, narrows down all the same', async () => {
    const { client } = clientThat((lines) => (lines.includes('bad') ? rejected('parse', 0) : done));
    const refused = await writerFor(client)(linesOf('a', 'bad', 'b'));
    assert.deepEqual(
      refused.map(({ line }) => line),
      ['bad'],
    );
  });

  test('a batch that is too large is halved until it fits; a single line too large is refused', async () => {
    const { client, calls } = clientThat((lines) =>
      lines.length > 1 || lines[0] === 'long' ? { kind: 'too_large', reason: 'HTTP 413' } : done,
    );
    const refused = await writerFor(client)(linesOf('a', 'long'));
    assert.deepEqual(
      refused.map(({ line, reason }) => [line, reason]),
      [['long', 'HTTP 413']],
    );
    assert.deepEqual(calls, ['a|long', 'a', 'long']);
  });

  test('creates the missing database once and writes again', async () => {
    const created: boolean[] = [];
    const missing: InfluxAnswer = { kind: 'no_database', reason: 'database not found' };
    const { client, calls } = clientThat(() => (calls.includes('create') ? done : missing));
    await writerFor(client, { onDatabaseCreated: () => created.push(true) })(linesOf('a'));
    assert.deepEqual(calls, ['a', 'create', 'a']);
    assert.deepEqual(created, [true]);
    const never = clientThat(() => missing);
    await assert.rejects(writerFor(never.client)(linesOf('a')), { code: 'SINK_FAILED', retryable: false });
    const forbidden = clientThat(() => missing);
    await assert.rejects(writerFor(forbidden.client, { createDatabase: false })(linesOf('a')), /database not found/);
    assert.deepEqual(forbidden.calls, ['a']);
  });

  test('lines that the server names are refused with what it says of each; the others are written at once', async () => {
    const why = new Map([
      ['bad1', 'missing fields'],
      ['bad2', 'invalid number'],
    ]);
    const { client, calls } = clientThat((lines) =>
      lines.some((line) => why.has(line))
        ? { kind: 'rejected', reason: 'HTTP 400: unable to parse', text: '', dropped: 0, refused: why }
        : done,
    );
    const refused = await writerFor(client)(linesOf('a', 'bad1', 'b', 'bad2', 'c'));
    assert.deepEqual(
      refused.map(({ line, reason }) => [line, reason]),
      [
        ['bad1', 'HTTP 400: missing fields'],
        ['bad2', 'HTTP 400: invalid number'],
      ],
    );
    assert.deepEqual(calls, ['a|bad1|b|bad2|c', 'a|b|c']);
  });

  test('narrowing down is bounded, and every line is offered and accounted for', async () => {
    const { client, calls } = clientThat(() => rejected('no', null));
    const texts = Array.from({ length: 5000 }, (_, index) => `line${index}`);
    const writer = writerFor(client, { batchPointsMax: 5000, batchBytesMax: 1_000_000 });
    const refused = await writer(linesOf(...texts));
    assert.deepEqual(
      refused.map(({ line }) => line),
      texts,
    );
    assert.ok(calls.length <= 220, `${calls.length} calls`);
    assert.match(refused[4999].reason, /no \(one of \d+ points that were not told apart\)/);
  });

  test('wrong credentials are an error, not a fault of the points', async () => {
    const { client } = clientThat(() => ({ kind: 'denied', reason: 'HTTP 401: authorization failed', access: true }));
    await assert.rejects(writerFor(client)(linesOf('a')), {
      code: 'ACCESS_DENIED',
      retryable: false,
      message: /HTTP 401/,
    });
  });

  test('a missing retention policy hides behind a 500', async () => {
    const { client } = clientThat(() => ({ kind: 'unavailable', reason: 'Internal Server Error' }), true);
    await assert.rejects(writerFor(client)(linesOf('a')), /retention policy does not exist/);
  });

  test('property: every line is either stored or rejected, whatever is bad and however the server counts', async () => {
    const counts = fc.constantFrom('exact', 'zero', 'none');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 40 }),
        counts,
        fc.integer({ min: 1, max: 9 }),
        async (bad, count, size) => {
          const texts = bad.map((isBad, index) => `${isBad ? 'bad' : 'good'}${index}`);
          const stored = new Set<string>();
          const { client } = clientThat((lines) => {
            const bad = lines.filter((line) => line.startsWith('bad'));
            for (const line of lines) if (!bad.includes(line)) stored.add(line);
            if (bad.length === 0) return done;
            const dropped = count === 'exact' ? bad.length : count === 'zero' ? 0 : null;
            return rejected('no', dropped);
          });
          const refused = await writerFor(client, { batchPointsMax: size })(linesOf(...texts));
          assert.deepEqual(
            refused.map(({ line }) => line),
            texts.filter((text) => text.startsWith('bad')),
          );
          assert.deepEqual(
            [...stored],
            texts.filter((text) => text.startsWith('good')),
          );
        },
      ),
    );
  });
});

describe('batches', () => {
  test('cuts by bytes, line breaks included; a longer line stands alone', () => {
    const cut = [...batches(linesOf('aaa', 'bbb', 'cccccccccccc', 'üü', 'd'), 100, 8)];
    assert.deepEqual(
      cut.map((batch) => batch.map(({ line }) => line)),
      [['aaa', 'bbb'], ['cccccccccccc'], ['üü', 'd']],
    );
  });
});

describe('a request of which nobody knows what became of it', () => {
  /** The first request is given up; it is carried out `lateMs` later, on top of whatever is there. */
  async function stored(first: InfluxAnswer, lateMs: number): Promise<string | undefined> {
    let nowMs = 0;
    const points = new Map<string, string>();
    let late: { readonly atMs: number; readonly lines: readonly string[] } | null = null;
    const put = (lines: readonly string[]) => {
      for (const line of lines) points.set(line.split(' v=')[0] as string, line);
    };
    const pass = (ms: number) => {
      nowMs += ms;
      if (late !== null && nowMs >= late.atMs) {
        put(late.lines);
        late = null;
      }
    };
    let answers = [first];
    const { client } = clientThat((lines) => {
      const [answer = done] = answers;
      answers = [];
      if (answer.kind === 'unavailable') late = { atMs: nowMs + lateMs, lines };
      else put(lines);
      return answer;
    });
    const clock = { monotonicMs: () => nowMs, sleep: async (ms: number) => pass(ms) };
    const write = writerFor(client, { late: new LateWrites(clock, 100) });
    await write(linesOf('m,s=a v=1 5'));
    await write(linesOf('m,s=a v=2 5'));
    pass(1000);
    return points.get('m,s=a');
  }

  test('cannot put an older point over a newer one', async () => {
    assert.equal(await stored({ kind: 'unavailable', reason: 'no complete answer' }, 90), 'm,s=a v=2 5');
    // the limit of it, and why the time is a setting
    assert.equal(await stored({ kind: 'unavailable', reason: 'no complete answer' }, 110), 'm,s=a v=1 5');
  });

  test('one that never reached a server is no reason to wait', async () => {
    let slept = 0;
    const clock = { monotonicMs: () => 0, sleep: async () => void slept++ };
    const answers: InfluxAnswer[] = [{ kind: 'unavailable', reason: 'ECONNREFUSED', unreached: true }];
    const { client, calls } = clientThat(() => answers.pop() ?? done);
    const write = writerFor(client, { late: new LateWrites(clock, 100) });
    await write(linesOf('m,s=a v=1 5'));
    await write(linesOf('m,s=a v=2 5'));
    assert.deepEqual([slept, calls], [0, ['m,s=a v=1 5', 'm,s=a v=1 5', 'm,s=a v=2 5']]);
  });
});
