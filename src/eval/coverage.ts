import { requireEqualLength } from './require-equal-length.ts';

export interface Coverage {
  /** Share of targets within the central interval, both ends included. */
  readonly coverage: number;
  /** Mean width of the interval, in units of the targets. */
  readonly width: number;
  readonly count: number;
}

/** Where the ends of the central interval of probability `level` stand in `levels`; null where they were not asked for. */
export function intervalEnds(
  levels: readonly number[],
  level: number,
): { readonly low: number; readonly high: number } | null {
  const find = (wanted: number) => levels.findIndex((candidate) => Math.abs(candidate - wanted) < 1e-9);
  const low = find((1 - level) / 2);
  const high = find((1 + level) / 2);
  return low < 0 || high < 0 ? null : { low, high };
}

/**
 * Coverage and mean width of the central interval of probability `level`. NaN where `levels` lack its ends, or no cell has
 * both a target and an interval.
 *
 * @param targets [cell]
 * @param quantiles [cell, level]
 */
export function coverage(
  targets: ArrayLike<number>,
  quantiles: ArrayLike<number>,
  levels: readonly number[],
  level = 0.9,
): Coverage {
  requireEqualLength('computing coverage', {
    quantiles: quantiles.length,
    'targets x levels': targets.length * levels.length,
  });
  const ends = intervalEnds(levels, level);
  let inside = 0;
  let width = 0;
  let count = 0;
  for (let i = 0; ends !== null && i < targets.length; i++) {
    const low = quantiles[i * levels.length + ends.low];
    const high = quantiles[i * levels.length + ends.high];
    if (Number.isNaN(targets[i]) || Number.isNaN(high - low)) continue;
    if (low <= targets[i] && targets[i] <= high) inside += 1;
    width += high - low;
    count += 1;
  }
  return { coverage: inside / count, width: width / count, count };
}
