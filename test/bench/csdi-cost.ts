import { cellFeatureCount, tokenFeatureCount } from '../../src/diffusion/call.ts';
import { tasks } from '../../src/diffusion/task.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { countMultiplyAdds } from './count-multiply-adds.ts';

/** Sizes of Tashiro et al. 2021 (CSDI) for the air quality data, from the paper and the authors' base configuration. */
const csdi = {
  layers: 4,
  width: 64,
  feedForward: 64,
  noiseEmbedding: 128,
  /** Time embedding 128, feature embedding 16, mask 1. */
  side: 145,
  inputs: 2,
  rows: 36,
  channels: 36,
  steps: 50,
  samples: 100,
} as const;

export const csdiCost: Benchmark = {
  name: 'csdi-cost',
  summary:
    'Counted, not timed: multiply-adds of the matrix products for one 36 x 36 window. `driftcast`: one null call of the ' +
    'default network, which gives every quantile of one task (the plan makes up to seven such calls for a window). ' +
    '`CSDI`: the published sampler, 50 steps for each of 100 samples, every call recomputing its projections of the side ' +
    "information as the authors' code does. A residual layer holds two transformer layers of width 64 (four 64 x 64 " +
    'projections, scores and weighted sums over 36 positions, a 64-64-64 feed forward) and 1 x 1 convolutions (middle and output ' +
    '64 to 128, side 145 to 128). It says nothing about accuracy.',
  async run(): Promise<BenchmarkResult> {
    const own = countMultiplyAdds({
      length: csdi.rows,
      channels: csdi.channels,
      patch: 4,
      width: 48,
      blocks: 2,
      cellFeatures: cellFeatureCount(false),
      tokenFeatures: tokenFeatureCount,
      timeFeatures: 2,
      tasks: tasks.length,
    });
    const call = csdiCall();
    const calls = csdi.steps * csdi.samples;
    return {
      keys: { csdi_cost_ratio: (calls * call) / own },
      rows: [
        { model: 'driftcast', calls: 1, mega_multiply_adds_a_call: own / 1e6, mega_multiply_adds: own / 1e6, ratio: 1 },
        {
          model: 'CSDI',
          calls,
          mega_multiply_adds_a_call: call / 1e6,
          mega_multiply_adds: (calls * call) / 1e6,
          ratio: (calls * call) / own,
        },
      ],
    };
  },
};

/** One call of CSDI's network. Heads do not change the count: they split the width. */
function csdiCall(): number {
  const { layers, width, feedForward, noiseEmbedding, side, inputs, rows, channels } = csdi;
  const transformer = (positions: number) => 4 * width ** 2 + 2 * positions * width + 2 * width * feedForward;
  const convolutions = 2 * width * 2 * width + side * 2 * width;
  const cell =
    layers * (transformer(rows) + transformer(channels) + convolutions) + inputs * width + width ** 2 + width;
  return rows * channels * cell + 2 * noiseEmbedding ** 2 + layers * noiseEmbedding * width;
}
