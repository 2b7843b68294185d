import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { zScoreInference } from '../../../src/cli/evaluate/references.ts';
import { channelScales, seasonSteps } from '../../../src/cli/evaluate/scales.ts';
import { shownValues } from '../../../src/cli/evaluate/truth.ts';
import type { PipelineConfig } from '../../../src/config/pipeline-schema.ts';
import type { Inference } from '../../../src/core/inference.ts';

const config = {
  channels: ['gauge', 'command', 'gauge'].map((kind) => ({ kind, transform: 'none' })),
} as unknown as PipelineConfig;

describe('zScoreInference', () => {
  const window = {
    channels: 3,
    newRows: 1,
    length: 2,
    values: Float64Array.from([9, 9, 9, 14, 14, Number.NaN]),
    location: Float64Array.from([10, 10, 10]),
    scale: Float64Array.from([2, 2, 2]),
  };
  const of = (values: Float64Array, residual: unknown = {}) =>
    zScoreInference({ window: { ...window, values }, residual } as unknown as Inference, config).residual;

  test('z squared of the new row under the normaliser before it; commands and missing cells are not scored', () => {
    assert.deepEqual([...(of(window.values)?.squared ?? [])], [4, Number.NaN, Number.NaN]);
    assert.deepEqual([...(of(Float64Array.from([9, 9, 9, 6, 9, 9]))?.level ?? [])], [-2, Number.NaN, -0.5]);
  });

  test('an absurd reading counts as 25 deviations; a window that was not inferred is not scored', () => {
    assert.equal(of(Float64Array.from([0, 0, 0, 1e9, 0, 0]))?.squared[0], 625);
    assert.equal(of(window.values, null), null);
  });
});

describe('channelScales', () => {
  test('the standard deviation of gauges that vary; none for others', () => {
    const prior = (variance: number, absMax: number) => ({ mean: 0, variance, absMax, weight: 1 });
    assert.deepEqual(channelScales(config, [prior(9, 10), prior(9, 10), prior(0, 10)]), [3, Number.NaN, Number.NaN]);
    assert.deepEqual(channelScales(config, [prior(1e-14, 10), prior(1, 1), prior(4, 1e9)]), [
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

test('a season is a day, or what comes nearest', () => {
  assert.deepEqual([60_000, 3_600_000, 86_400_000, 7 * 86_400_000].map(seasonSteps), [1440, 24, 1, 1]);
});

test('what is shown is the truth without the hidden cells', () => {
  const truth = Float64Array.from([1, 2, Number.NaN]);
  const own = { series: 's', startMs: 0, rows: 3, truth, hidden: Uint8Array.from([0, 1, 0]), labels: null };
  assert.deepEqual([...shownValues(own)], [1, Number.NaN, Number.NaN]);
  assert.equal(truth[1], 2);
});
