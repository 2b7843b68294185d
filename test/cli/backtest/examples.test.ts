import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Examples } from '../../../src/cli/backtest/examples.ts';
import type { SeriesTruth } from '../../../src/cli/evaluate/truth.ts';
import type { PipelineConfig } from '../../../src/config/pipeline-schema.ts';
import type { Forecast, Imputed, Inference } from '../../../src/core/inference.ts';
import { crpsLevels } from '../../../src/eval/crps.ts';

const levels = crpsLevels.length;
const config = {
  channels: [
    { name: 'switch', unit: '', kind: 'flag' },
    { name: 'flow', unit: 'l/s', kind: 'gauge' },
  ],
  window: { step_ms: 1000 },
} as unknown as PipelineConfig;
const channels = 2;

const truthOf = (rows: number, series = 's', hidden: readonly number[] = []): SeriesTruth => ({
  series,
  startMs: 0,
  rows,
  truth: Float64Array.from({ length: rows * channels }, (_, i) => Math.floor(i / channels)),
  hidden: Uint8Array.from({ length: rows * channels }, (_, i) => (hidden.includes(Math.floor(i / channels)) ? 1 : 0)),
  labels: null,
});

const inferenceOf = (parts: { forecast?: Forecast; imputed?: Imputed; value?: number }): Inference =>
  ({
    window: { length: 20, channels, newRows: 4 },
    forecast: parts.forecast ?? null,
    imputed: parts.imputed ?? null,
    residual:
      parts.value === undefined
        ? null
        : {
            squared: new Float64Array(8),
            expected: new Float64Array(8).fill(parts.value),
            halfWidth90: new Float64Array(8).fill(1),
          },
  }) as unknown as Inference;

const forecast: Forecast = { horizon: 3, quantiles: Float64Array.from({ length: 3 * channels * levels }, (_, i) => i) };

describe('Examples', () => {
  test('keeps what was expected, and no more rows than the series has', () => {
    const truth = truthOf(10);
    const examples = new Examples(config, [truth], [truth]);
    for (const [endRow, value] of [
      [3, 1],
      [7, 2],
      [11, 3], // the series has stopped in row 9
      [15, 4],
    ] as const)
      examples.addVerdict({ inference: inferenceOf({ value }), rows: [] }, truth, endRow);
    const { expected } = examples.expected.get('s') ?? {};
    assert.equal(expected?.join(''), '11111111222222223333');
  });

  test('windows that were not inferred leave it unknown', () => {
    const truth = truthOf(4);
    const examples = new Examples(config, [truth], [truth]);
    examples.addVerdict({ inference: inferenceOf({}), rows: [] }, truth, 3);
    assert.ok(examples.expected.get('s')?.expected.every(Number.isNaN));
  });

  test('takes forecasts spread over the run, of a gauge, with what came before and what came', () => {
    const truth = truthOf(300);
    const examples = new Examples(config, [truth], [truth]);
    for (let endRow = 19; endRow < 299; endRow += 4) examples.addForecast(inferenceOf({ forecast }), truth, endRow);
    assert.equal(examples.forecasts.length, 3);
    const [first, , last] = examples.forecasts;
    assert.ok((first?.startMs as number) < 100_000 && (last?.startMs as number) > 200_000);
    assert.equal(first?.channel, 'flow');
    // three horizons before the origin, one after it
    assert.deepEqual([...(first?.observed ?? [])].map(Number.isNaN), [...Array(9).fill(false), ...Array(3).fill(true)]);
    assert.deepEqual([...(first?.truth ?? [])].map(Number.isNaN), [...Array(9).fill(true), ...Array(3).fill(false)]);
    assert.equal(first?.truth[9], (first?.startMs as number) / 1000 + 9);
    assert.equal(first?.quantiles[9 * levels], levels); // step 1 of channel 1
  });

  test('takes gaps of a gauge that was hidden, with the truth', () => {
    const truth = truthOf(300, 's', [100, 101, 102, 103]);
    const examples = new Examples(config, [truth], [truth]);
    const imputed: Imputed = {
      rows: Int32Array.from([0, 1, 2, 3]),
      final: Uint8Array.from([1, 1, 1, 1]),
      quantiles: new Float64Array(4 * channels * levels).fill(5),
    };
    for (let endRow = 19; endRow < 299; endRow += 4) examples.addImputed(inferenceOf({ imputed }), truth, endRow);
    assert.equal(examples.imputations.length, 1);
    const [gap] = examples.imputations;
    const from = (gap?.startMs as number) / 1000;
    assert.deepEqual(
      [...(gap?.truth.keys() ?? [])].filter((k) => !Number.isNaN(gap?.truth[k])).map((k) => k + from),
      [100, 101, 102, 103],
    );
    assert.ok(Number.isNaN(gap?.observed[100 - from] as number));
    assert.equal(gap?.quantiles[(100 - from) * levels], 5);
  });

  test('an imputation of which nothing is final is no example', () => {
    const truth = truthOf(300, 's', [100]);
    const examples = new Examples(config, [truth], [truth]);
    const imputed: Imputed = {
      rows: Int32Array.from([19]),
      final: Uint8Array.from([0]),
      quantiles: new Float64Array(channels * levels),
    };
    examples.addImputed(inferenceOf({ imputed }), truth, 199);
    assert.deepEqual(examples.imputations, []);
  });

  test('a very short series does not take all examples', () => {
    const [short, long] = [truthOf(20, 'short'), truthOf(300, 'long')];
    const examples = new Examples(config, [short, long], [short, long]);
    for (let endRow = 19; endRow < 299; endRow += 4) examples.addForecast(inferenceOf({ forecast }), long, endRow);
    assert.ok((examples.forecasts[2]?.startMs as number) > 200_000);
  });
});
