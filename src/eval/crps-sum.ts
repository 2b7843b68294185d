import { crpsLevels, quantileCrps } from './crps.ts';
import { quantileOfSorted, unbiasedQuantileOfSorted } from './quantile.ts';
import { requireEqualLength } from './require-equal-length.ts';

export interface CrpsSum {
  /** Mean over steps of the quantile CRPS of the sum over channels. */
  readonly crps: number;
  /** CRPS-sum as published (Salinas et al. 2019; TimeGrad, CSDI): losses summed over steps, divided by the sum of |summed target|. */
  readonly normalised: number;
  /** Share of steps whose sum lies within the central 90 % interval of the sums of the paths (type-6 quantiles). */
  readonly coverage90: number;
  /** Mean width of that interval. */
  readonly width90: number;
}

/**
 * CRPS of the sum over channels from joint sample paths: sees the dependence between channels, which cell-wise CRPS cannot.
 * Quantiles at .05 ... .95 of the samples by linear interpolation. Steps with a NaN target in any channel are left out.
 *
 * @param samples [sample, step, channel]
 * @param targets [step, channel]
 */
export function crpsSum(
  samples: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: { readonly steps: number; readonly channels: number },
): CrpsSum {
  const { steps, channels } = shape;
  const paths = Math.floor(samples.length / (steps * channels));
  requireEqualLength('computing CRPS-sum', { targets: targets.length, 'steps x channels': steps * channels });
  requireEqualLength('computing CRPS-sum', {
    samples: samples.length,
    'paths x steps x channels': paths * steps * channels,
  });
  const sorted = new Float64Array(paths);
  let loss = 0;
  let scale = 0;
  let count = 0;
  let inside = 0;
  let width = 0;
  for (let step = 0; step < steps; step++) {
    const target = sumOf(targets, step * channels, channels);
    if (Number.isNaN(target)) continue;
    for (let path = 0; path < paths; path++) sorted[path] = sumOf(samples, (path * steps + step) * channels, channels);
    sorted.sort();
    const quantiles = crpsLevels.map((level) => quantileOfSorted(sorted, level));
    loss += quantileCrps(target, quantiles, crpsLevels);
    scale += Math.abs(target);
    count += 1;
    const [low, high] = [0.05, 0.95].map((level) => unbiasedQuantileOfSorted(sorted, level));
    if (low <= target && target <= high) inside += 1;
    width += high - low;
  }
  return { crps: loss / count, normalised: loss / scale, coverage90: inside / count, width90: width / count };
}

function sumOf(values: ArrayLike<number>, offset: number, count: number): number {
  let sum = 0;
  for (let i = offset; i < offset + count; i++) sum += values[i];
  return sum;
}
