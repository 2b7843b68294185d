import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonDecoder, jsonOptions } from '../../src/decode/json.ts';
import { plantNames, plants } from '../../src/source/plant/plants.ts';
import { simulateOptions, simulateSource } from '../../src/source/simulate.ts';
import { fakeClock } from './fake-clock.ts';
import { drain, fakeContext, recordsOf, textOf } from './fake-context.ts';

const build = (options: Record<string, unknown>, clock = fakeClock()) =>
  simulateSource.build(simulateOptions.parse(options), fakeContext({ clock }));

test('one message a row, keyed by series, with the row in wide layout', async () => {
  const records = recordsOf(await drain(build({ plant: 'server', steps: 3, dropouts: false })));
  assert.equal(records.length, 24);
  assert.equal(records[0].key, 'web-1');
  assert.equal(records[0].timestampMs, Date.parse('2026-01-05T00:00:00Z'));
  const message = JSON.parse(textOf(records[9]));
  assert.deepEqual(Object.keys(message), ['time', 'series', ...plants.server.channels.map(({ name }) => name)]);
  assert.equal(message.time, Date.parse('2026-01-05T00:01:00Z'));
  assert.equal(message.series, 'web-2');
});

for (const plant of plantNames) {
  test(`${plant}: the json decoder reads every message without a dead letter`, async () => {
    const channels = plants[plant].channels.map(({ name, unit, kind }) => ({
      name,
      unit,
      kind,
      aggregate: 'last' as const,
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
    }));
    const decoder = jsonDecoder.build(jsonOptions.parse({ series: { path: 'series' } }), fakeContext({ channels }));
    const seen = new Set<string>();
    for (const record of recordsOf(await drain(build({ plant, steps: 120 })))) {
      const { readings, rejected } = decoder.decode(record);
      assert.deepEqual(rejected, []);
      assert.equal(readings.length, 1);
      assert.equal(readings[0].timeMs, record.timestampMs);
      assert.ok(readings[0].values.length > 0);
      seen.add(readings[0].series);
    }
    assert.deepEqual([...seen].sort(), [...plants[plant].series].sort());
  });
}

test('the same options give the same bytes; another seed gives others', async () => {
  const bytes = async (options: Record<string, unknown>) =>
    recordsOf(await drain(build(options)))
      .map(textOf)
      .join('\n');
  const once = await bytes({ days: 1, seed: 5 });
  assert.equal(await bytes({ days: 1, seed: 5 }), once);
  assert.notEqual(await bytes({ days: 1, seed: 6 }), once);
});

test('days count by default, steps win; start moves the feed', async () => {
  assert.equal(recordsOf(await drain(build({ days: 0.5 }))).length, 720);
  const records = recordsOf(await drain(build({ days: 9, steps: 4, start: '2024-02-29T12:00:00Z' })));
  assert.deepEqual(
    records.map(({ timestampMs }) => timestampMs),
    [0, 1, 2, 3].map((k) => Date.UTC(2024, 1, 29, 12, k)),
  );
});

test('speed is a multiple of real time', async () => {
  const clock = fakeClock();
  await drain(build({ steps: 61, speed: 60 }, clock));
  assert.equal(clock.monotonicMs(), 60_000);
});

test('progress goes from 0 to 1', async () => {
  const source = build({ steps: 100 });
  assert.equal(source.progress(), 0);
  await drain(source, (event) => {
    if (event.kind === 'record' && event.record.position.offset === 50) assert.equal(source.progress(), 0.5);
  });
  assert.equal(source.progress(), 1);
});

test('a start that is no time is refused with what to write', () => {
  assert.throws(() => build({ start: 'monday' }), { code: 'CONFIG_INVALID', hint: /2026-01-05/ });
});

test('the examples of the reference validate, and unknown options do not', () => {
  for (const example of simulateSource.examples) assert.ok(simulateOptions.parse(example));
  assert.ok(!simulateOptions.safeParse({ plant: 'boiler' }).success);
  assert.ok(!simulateOptions.safeParse({ plants: 'server' }).success);
});
