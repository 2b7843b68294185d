import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { channelScales, seasonSteps } from '../../../src/cli/evaluate/scales.ts';
import type { PipelineConfig } from '../../../src/config/pipeline-schema.ts';

const config = {
  channels: ['gauge', 'command', 'gauge'].map((kind) => ({ kind, transform: 'none' })),
} as unknown as PipelineConfig;

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
