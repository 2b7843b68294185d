import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import type { ComponentContext } from '../../src/core/component.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { kafkaSource } from '../../src/source/kafka.ts';

const context: ComponentContext = {
  pipeline: 'plant',
  channels: [],
  limits: {
    messageBytesMax: 1e6,
    nestingMax: 16,
    seriesMax: 10,
    seriesNameCharsMax: 100,
    futureMsMax: 1e9,
    deadLetterBytesMax: 100,
    inFlightWindowsMax: 10,
  },
  stepMs: 1000,
  clock: systemClock,
  telemetry: silentTelemetry,
  resolvePath: (path) => path,
};
const valid = { brokers: ['localhost:9092'], topics: 'telemetry' };

test('examples and defaults validate', () => {
  for (const example of kafkaSource.examples) kafkaSource.options.parse(example);
  const options = kafkaSource.options.parse(valid);
  assert.deepEqual(
    [
      options.from,
      options.until,
      options.session_timeout_ms,
      options.fetch_wait_ms_max,
      options.client_id,
      options.tls,
    ],
    ['earliest', 'never', 6000, 500, 'driftcast', false],
  );
});

test('options that cannot work are refused', () => {
  const wrong = [
    {},
    { ...valid, brokers: [] },
    { ...valid, topics: [] },
    { ...valid, topics: '' },
    { ...valid, from: 'middle' },
    { ...valid, extra: 1 },
    { ...valid, sasl: { mechanism: 'plain', username: 'u' } },
    { ...valid, tls: { ca: 'x' } },
    { ...valid, session_timeout_ms: 0 },
  ];
  for (const options of wrong)
    assert.equal(kafkaSource.options.safeParse(options).success, false, JSON.stringify(options));
});

test('before it runs, a source is not healthy, has no progress, and may be committed to, stopped and closed', async () => {
  const source = kafkaSource.build(kafkaSource.options.parse(valid), context);
  assert.deepEqual(source.health(), { ok: false, detail: 'group driftcast-plant: not started' });
  assert.equal(source.progress(), null);
  await source.commit([{ topic: 'telemetry', partition: 0, generation: 1, nextOffset: 5 }]);
  await source.stop();
  await source.close();
  assert.equal(source.health().ok, false);
});

test('a certificate that cannot be read is a mistake in the configuration', () => {
  const options = kafkaSource.options.parse({ ...valid, tls: { ca_file: '/nowhere/ca.pem' } });
  assert.throws(
    () => kafkaSource.build(options, context),
    (error: unknown) => error instanceof DriftcastError && error.code === 'CONFIG_INVALID',
  );
});
