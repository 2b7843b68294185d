import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Telemetry } from '../../src/core/telemetry.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { jsonDecoder, jsonOptions } from '../../src/decode/json.ts';
import { replayOptions, replaySource } from '../../src/source/replay.ts';
import { fakeClock } from './fake-clock.ts';
import { drain, fakeContext, openGate, recordsOf, textOf } from './fake-context.ts';
import { tempDir } from './temp-dir.ts';

const { dir, file } = tempDir();
const context = (parts = {}) => fakeContext({ resolvePath: (name) => path.join(dir, name), ...parts });
const build = (options: Record<string, unknown>, parts = {}) =>
  replaySource.build(replayOptions.parse(options), context(parts));

test('one message a row, keyed by series, stamped with its time', async () => {
  file('a.csv', 'when,pump,flow,label\n2026-01-05T00:00:00Z,p1,1.5,0\n1767571260,p2,,1\n');
  const source = build({ path: 'a.csv', time_column: 'when', series_column: 'pump', drop_columns: ['label'] });
  const records = recordsOf(await drain(source));
  assert.deepEqual(records.map(textOf), [
    '{"time":"2026-01-05T00:00:00Z","series":"p1","flow":"1.5"}',
    '{"time":"1767571260","series":"p2","flow":""}',
  ]);
  assert.deepEqual(
    records.map(({ key }) => key),
    ['p1', 'p2'],
  );
  assert.deepEqual(
    records.map(({ timestampMs }) => timestampMs),
    [0, 60_000].map((ms) => Date.parse('2026-01-05T00:00:00Z') + ms),
  );
  assert.deepEqual(
    records.map(({ position }) => position.offset),
    [0, 1],
  );
  assert.equal(source.progress(), 1);
});

test('the json decoder reads good rows and refuses broken ones with the row kept', async () => {
  file('b.csv', 'time,a,b\n2026-01-05,1,NaN\n2026-01-05,2\n\nnever,3,4\n2026-01-06,5,x\n');
  const channels = ['a', 'b'].map((name) => ({
    name,
    unit: '',
    kind: 'gauge',
    aggregate: 'last',
    min: -1e9,
    max: 1e9,
  }));
  const decoder = jsonDecoder.build(jsonOptions.parse({ series: { constant: 's' } }), context({ channels }));
  const decoded = recordsOf(await drain(build({ path: 'b.csv' }))).map((record) => decoder.decode(record));
  assert.deepEqual(
    decoded.map(({ readings }) => readings.map(({ values }) => values)),
    [[[1]], [], [], [], [[5]]],
  );
  const reasons = decoded.map(({ rejected }) => rejected.map(({ reason }) => reason));
  assert.deepEqual(reasons, [[], ['parse_error'], ['empty'], ['time_invalid'], ['value_invalid']]);
  const raw = Buffer.from(decoded[1].rejected[0].raw ?? []).toString();
  assert.equal(raw, 'line 3 has 2 columns, the header has 3: 2026-01-05,2');
});

test('broken rows are warned of, a few times', async () => {
  file('c.csv', `time,a\n${'1,2,3\n'.repeat(100)}`);
  const logged: string[] = [];
  const telemetry: Telemetry = { ...silentTelemetry, log: (level, message) => logged.push(`${level} ${message}`) };
  const events = await drain(build({ path: 'c.csv' }, { telemetry }));
  assert.equal(recordsOf(events).length, 100);
  assert.equal(logged.length, 5);
  assert.match(logged[0], /^warn replaying c\.csv: line 2 has 3 columns/);
});

test('speed replays by event time; a time that is none does not hold the rows up', async () => {
  file('d.csv', 'time,a\n2026-01-05T00:00:00Z,1\nnonsense,2\n2026-01-05T00:10:00Z,3\n');
  const clock = fakeClock();
  const records = recordsOf(await drain(build({ path: 'd.csv', speed: 60 }, { clock })));
  assert.equal(records.length, 3);
  assert.equal(clock.monotonicMs(), 10_000);
});

test('a missing file and a file without a time column end the run with what to do', async () => {
  await assert.rejects(
    build({ path: 'none.csv' }).run(() => {}, openGate),
    { code: 'DATA_UNREADABLE', hint: /Check the path/ },
  );
  file('e.csv', '1,2,3\n4,5,6\n');
  const headerless = build({ path: 'e.csv' });
  await assert.rejects(
    headerless.run(() => {}, openGate),
    { code: 'DATA_UNREADABLE', message: /"1", "2", "3"/ },
  );
  assert.equal(headerless.health().ok, false);
});

test('stop ends a long file early', async () => {
  file('f.csv', `time,a\n${'1767571260,2\n'.repeat(20_000)}`);
  const source = build({ path: 'f.csv' });
  const events = await drain(source, (event) => {
    if (event.kind === 'record' && event.record.position.offset === 10) void source.stop();
  });
  assert.equal(recordsOf(events).length, 11);
  assert.ok(events.every(({ kind }) => kind !== 'closed'));
});

test('the examples of the reference validate', () => {
  for (const example of replaySource.examples) assert.ok(replayOptions.parse(example));
  assert.ok(!replayOptions.safeParse({}).success);
});
