import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { outcomeToPoints, quantileFieldName } from '../../src/sink/points.ts';
import { alertWith, channels, inferenceWith, rowWith, windowWith } from './fixtures.ts';

const { NaN: nan } = Number;
const quiet = () => inferenceWith({ window: windowWith({ newRows: 0 }) });

describe('outcomeToPoints', () => {
  test('an outcome without anything has no points', () => {
    assert.deepEqual(outcomeToPoints({ verdict: null, alerts: [] }, channels), []);
  });

  test('a scored row becomes one score point with the full field set', () => {
    const topChannels = [1, 0].map((channel) => ({ channel, share: 0.5, observed: 1, expected: 0, halfWidth90: 1 }));
    const rows = [rowWith({ alarm: true, learning: true, topChannels }), rowWith({ timeMs: 9000 })];
    assert.deepEqual(outcomeToPoints({ verdict: { inference: quiet(), rows }, alerts: [] }, channels), [
      {
        measurement: 'driftcast_score',
        tags: { series: 'pump-1' },
        fields: { score: 1.5, p_value: 0.25, alarm: 1, learning: 1, top_channels: 'temp;flow', level: 0 },
        integerFields: ['alarm', 'learning', 'level'],
        timeMs: 10_000,
      },
      {
        measurement: 'driftcast_score',
        tags: { series: 'pump-1' },
        fields: { score: 1.5, p_value: 0.25, alarm: 0, learning: 0, top_channels: '', level: 0 },
        integerFields: ['alarm', 'learning', 'level'],
        timeMs: 9000,
      },
    ]);
  });

  test('a row without a score or a p-value is left out', () => {
    const rows = [rowWith({ score: nan }), rowWith({ pValue: nan }), rowWith({ score: Infinity })];
    assert.deepEqual(outcomeToPoints({ verdict: { inference: quiet(), rows }, alerts: [] }, channels), []);
  });

  test('observed cells of rows that late readings changed are written again', () => {
    const inference = inferenceWith({ window: windowWith({ newRows: 1, patchedRows: [1] }) });
    const points = outcomeToPoints({ verdict: { inference, rows: [] }, alerts: [] }, channels);
    assert.deepEqual(
      points.map(({ tags, fields, timeMs }) => [tags.channel, fields.observed, timeMs]),
      [
        ['flow', 3, 8000],
        ['temp', 4, 8000],
        ['flow', 7, 10_000],
        ['temp', 8, 10_000],
      ],
    );
  });

  test('observed cells of the new rows only, each at the time of its row', () => {
    const points = outcomeToPoints({ verdict: { inference: inferenceWith(), rows: [] }, alerts: [] }, channels);
    assert.deepEqual(
      points.map(({ measurement, tags, fields, timeMs }) => [measurement, tags.series, tags.channel, fields, timeMs]),
      [
        ['driftcast_value', 'pump-1', 'flow', { observed: 5 }, 9000],
        ['driftcast_value', 'pump-1', 'flow', { observed: 7 }, 10_000],
        ['driftcast_value', 'pump-1', 'temp', { observed: 8 }, 10_000],
      ],
    );
  });

  test('imputed cells carry median, outermost quantiles and whether they are final', () => {
    const imputed = {
      rows: Int32Array.of(0, 2),
      final: Uint8Array.of(1, 0),
      // Row 0: both observed since. Row 2: temp is missing.
      quantiles: Float64Array.from([...Array(15).fill(nan), 1, 2, 3, 4, 5]),
    };
    const inference = inferenceWith({ window: windowWith({ newRows: 0 }), imputed });
    assert.deepEqual(outcomeToPoints({ verdict: { inference, rows: [] }, alerts: [] }, channels), [
      {
        measurement: 'driftcast_value',
        tags: { series: 'pump-1', channel: 'temp' },
        fields: { imputed: 3, imputed_p05: 1, imputed_p95: 5, final: 0, level: 0 },
        integerFields: ['final', 'level'],
        timeMs: 9000,
      },
    ]);
  });

  test('the median is interpolated where .5 is not among the levels', () => {
    const fieldsFor = (quantileLevels: number[], quantiles: number[]) => {
      const imputed = { rows: Int32Array.of(3), final: Uint8Array.of(1), quantiles: Float64Array.from(quantiles) };
      const window = windowWith({ newRows: 0, channels: 1 });
      const inference = inferenceWith({ window, quantileLevels, imputed });
      return outcomeToPoints({ verdict: { inference, rows: [] }, alerts: [] }, channels.slice(0, 1))[0]?.fields;
    };
    assert.deepEqual(fieldsFor([0.125, 0.25, 0.75], [1, 2, 6]), {
      imputed: 4,
      imputed_p05: 1,
      imputed_p95: 6,
      final: 1,
      level: 0,
    });
    assert.deepEqual(fieldsFor([0.6, 0.9], [4, 9]), { imputed: 4, imputed_p05: 4, imputed_p95: 9, final: 1, level: 0 });
    assert.deepEqual(fieldsFor([0.1, 0.2], [4, 9]), { imputed: 9, imputed_p05: 4, imputed_p95: 9, final: 1, level: 0 });
    assert.deepEqual(fieldsFor([0.5], [4]), { imputed: 4, imputed_p05: 4, imputed_p95: 4, final: 1, level: 0 });
  });

  test('a forecast is stamped with the time it speaks of and always has the same fields', () => {
    const quantiles = Float64Array.from({ length: 2 * 2 * 5 }, (_, index) => index);
    const inference = inferenceWith({ window: windowWith({ newRows: 0 }), forecast: { horizon: 2, quantiles } });
    const points = outcomeToPoints({ verdict: { inference, rows: [] }, alerts: [] }, channels);
    assert.equal(points.length, 4);
    assert.deepEqual(points[1], {
      measurement: 'driftcast_forecast',
      tags: { series: 'pump-1', channel: 'temp' },
      fields: { p05: 5, p25: 6, p50: 7, p75: 8, p95: 9, horizon_steps: 1, level: 0 },
      integerFields: ['horizon_steps', 'level'],
      timeMs: 11_000,
    });
    assert.equal(points[3].timeMs, 12_000);
    assert.equal(points[3].fields.horizon_steps, 2);
  });

  test('an alert transition is stamped with its own time and keeps a full field set without a score', () => {
    const silent = alertWith({ kind: 'silent', channels: [], peakScore: nan, minPValue: nan, state: 'pending' });
    const points = outcomeToPoints({ verdict: null, alerts: [alertWith(), silent] }, channels);
    assert.deepEqual(points[0], {
      measurement: 'driftcast_alert',
      tags: { series: 'pump-1', kind: 'anomaly' },
      fields: {
        state: 'firing',
        summary: 'temp is 8, expected 2 +- 1',
        id: 'pump-1@9000',
        peak_score: 4.5,
        min_p_value: 0.001,
        channels: 'temp',
        start_ms: 9000,
        peak_ms: 180_000,
        first_channel: 'flow',
      },
      integerFields: ['start_ms', 'peak_ms'],
      timeMs: 10_000,
    });
    assert.deepEqual(Object.keys(points[1].fields), Object.keys(points[0].fields));
    assert.equal(points[1].fields.peak_score, 0);
    assert.equal(points[1].fields.min_p_value, 1);
  });

  test('property: whatever the model says, every number is finite and a kind of point has one set of fields', () => {
    const number = fc.oneof(fc.double(), fc.constantFrom(nan, Infinity, -Infinity));
    const floats = (length: number) =>
      fc.array(number, { minLength: length, maxLength: length }).map(Float64Array.from.bind(Float64Array));
    fc.assert(
      fc.property(floats(8), floats(20), floats(20), number, number, (values, filled, ahead, score, pValue) => {
        const imputed = { rows: Int32Array.of(1, 3), final: Uint8Array.of(1, 0), quantiles: filled };
        const forecast = { horizon: 2, quantiles: ahead };
        const inference = inferenceWith({ window: windowWith({ values }), imputed, forecast });
        const verdict = { inference, rows: [rowWith({ score, pValue })] };
        const alerts = [alertWith({ peakScore: score, minPValue: pValue })];
        const fieldSets = new Map<string, Set<string>>();
        for (const { measurement, fields } of outcomeToPoints({ verdict, alerts }, channels)) {
          for (const value of Object.values(fields)) if (typeof value === 'number') assert.ok(Number.isFinite(value));
          const sets = fieldSets.get(measurement) ?? new Set();
          fieldSets.set(measurement, sets.add(Object.keys(fields).sort().join()));
        }
        for (const [measurement, sets] of fieldSets)
          assert.ok(sets.size <= (measurement === 'driftcast_value' ? 2 : 1));
      }),
    );
  });
});

describe('quantileFieldName', () => {
  for (const [level, name] of [
    [0.05, 'p05'],
    [0.5, 'p50'],
    [0.07, 'p07'],
    [0.55, 'p55'],
    [0.95, 'p95'],
    [0.025, 'p02_5'],
    [0.995, 'p99_5'],
    [0.0005, 'p00_05'],
  ] as const) {
    test(`${level} -> ${name}`, () => assert.equal(quantileFieldName(level), name));
  }
});
