import { sampleCrps } from './crps.ts';
import { unbiasedQuantileOfSorted } from './quantile.ts';
import { requireEqualLength } from './require-equal-length.ts';

/** How well joint paths say how many channels are above their thresholds at once. */
export interface ThresholdCrossings {
  /** Share of steps whose count lies within the central 90 % interval of the counts of the paths, ends included. */
  readonly coverage90: number;
  /** Mean width of that interval, channels. */
  readonly width90: number;
  /** Mean fair CRPS of the count, channels. */
  readonly crps: number;
  /** Mean squared error of the probability that any channel is above its threshold (Brier score). */
  readonly brier: number;
  /** Share of steps with any channel above its threshold. */
  readonly rate: number;
}

/**
 * Counts of channels above their thresholds, a step, from joint sample paths. Counts are whole numbers, so an interval covers at
 * least what it promises: read coverage together with width and CRPS. Steps with a NaN target in any channel are left out.
 *
 * @param samples [sample, step, channel]
 * @param targets [step, channel]
 * @param thresholds [channel]
 */
export function thresholdCrossings(
  samples: ArrayLike<number>,
  targets: ArrayLike<number>,
  thresholds: ArrayLike<number>,
  steps: number,
): ThresholdCrossings {
  const channels = thresholds.length;
  const paths = Math.floor(samples.length / (steps * channels));
  requireEqualLength('counting threshold crossings', { targets: targets.length, 'steps x channels': steps * channels });
  requireEqualLength('counting threshold crossings', {
    samples: samples.length,
    'paths x steps x channels': paths * steps * channels,
  });
  const counts = new Float64Array(paths);
  const sums = { inside: 0, width: 0, crps: 0, brier: 0, any: 0, count: 0 };
  for (let step = 0; step < steps; step++) {
    const truth = countAbove(targets, step * channels, thresholds);
    if (Number.isNaN(truth)) continue;
    for (let k = 0; k < paths; k++) counts[k] = countAbove(samples, (k * steps + step) * channels, thresholds);
    sums.crps += sampleCrps(truth, counts);
    const sorted = counts.toSorted();
    const low = unbiasedQuantileOfSorted(sorted, 0.05);
    const high = unbiasedQuantileOfSorted(sorted, 0.95);
    if (low <= truth && truth <= high) sums.inside += 1;
    sums.width += high - low;
    const chance = counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0) / paths;
    sums.brier += (chance - (truth > 0 ? 1 : 0)) ** 2;
    sums.any += truth > 0 ? 1 : 0;
    sums.count += 1;
  }
  const { inside, width, crps, brier, any, count } = sums;
  return {
    coverage90: inside / count,
    width90: width / count,
    crps: crps / count,
    brier: brier / count,
    rate: any / count,
  };
}

/** NaN where a value is. */
function countAbove(values: ArrayLike<number>, offset: number, thresholds: ArrayLike<number>): number {
  let count = 0;
  for (let c = 0; c < thresholds.length; c++) {
    const value = values[offset + c];
    count += Number.isNaN(value) ? Number.NaN : value > thresholds[c] ? 1 : 0;
  }
  return count;
}
