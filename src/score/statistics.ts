import type { Residual } from '../core/inference.ts';
import { advanceMeans, keepOf, offsetScore } from './moving-means.ts';
import type { ScoreOptions } from './options.ts';
import { rowScore } from './row-score.ts';

/** What a score is made of. */
export type Parts = Pick<Residual, 'squared' | 'bias' | 'level'>;

/** Moving means of one series, in the order of `smoothedNames`. */
export interface Moving {
  /** [statistic]; NaN before the first row. */
  readonly smoothed: Float64Array;
  /** Of the signed residuals against the other channels, [channel]. */
  readonly others: Float64Array;
  /** Of the signed distance from the long-run mean, [channel]. */
  readonly level: Float64Array;
}

/** Smoothed squares of a row: against the past, quickly and slowly, against the other channels, from the long-run mean. */
export const smoothedNames = ['past', 'past_slow', 'others', 'level'] as const;
const [past, pastSlow, others, level] = [0, 1, 2, 3] as const;

/** A statistic far below its ordinary size says no more than this: a constant must not silence the others. */
const statisticMin = 1e-3;
/** The plan bounds z by as much. */
const levelMax = 25;

/**
 * How surprising a row is, as the geometric mean of four statistics. Three ways of looking:
 *
 * - what the past says (`squared`). A change shows, but the model follows it after a while;
 * - what the other channels say (`bias`). A sensor that drifts or freezes goes on contradicting them;
 * - what has been in the long run (`level`).
 *
 * The squares of each, smoothed by the shorter half-life, are the quick statistics. The slow one is for what is too small to show in a
 * few rows, and stays: where there are other channels, the square of the mean signed residual against them. Where there are none, the
 * squares against the past and the square of the mean signed distance from the long-run mean; beside others these are left out, for
 * channels that go up and down together for hours are no news.
 */
export class Statistics {
  readonly #keep: number;
  readonly #keepSlow: number;
  readonly #meanSquared: Float64Array;
  readonly #othersOffset: Float64Array;
  readonly #ones: Float64Array;

  /** @param ones ordinary size of squares that are in units of it already, [channel]: 1; NaN for channels that do not count */
  constructor({ halfLifeSteps, slowHalfLifeSteps, meanSquared, slowMeanSquared }: ScoreOptions, ones: Float64Array) {
    this.#keep = keepOf(halfLifeSteps);
    this.#keepSlow = keepOf(slowHalfLifeSteps);
    this.#meanSquared = meanSquared;
    this.#othersOffset = slowMeanSquared;
    this.#ones = ones;
  }

  /** @param ordinary where smoothing starts; NaN: at the first row */
  start(ordinary: number): Moving {
    const channels = this.#meanSquared.length;
    return {
      smoothed: new Float64Array(smoothedNames.length).fill(ordinary),
      others: new Float64Array(channels),
      level: new Float64Array(channels),
    };
  }

  /** Takes a row in; its score, NaN (and nothing taken in) where no channel of it is scored. */
  advance(moving: Moving, residual: Parts, row: number): number {
    const surprise = rowScore(residual.squared, row, this.#meanSquared);
    if (Number.isNaN(surprise)) return Number.NaN;
    this.#smooth(moving, past, surprise, this.#keep);
    this.#smooth(moving, pastSlow, surprise, this.#keepSlow);
    const { smoothed } = moving;
    const found = [smoothed[past]];
    if (residual.bias !== undefined) {
      this.#smooth(moving, others, this.#squares(residual.bias, row), this.#keep);
      advanceMeans(moving.others, residual.bias, row, this.#keepSlow);
      found.push(smoothed[others], offsetScore(moving.others, this.#othersOffset));
    } else found.push(smoothed[pastSlow]);
    if (residual.level !== undefined) {
      this.#smooth(moving, level, this.#squares(residual.level, row), this.#keep);
      advanceMeans(moving.level, residual.level, row, this.#keepSlow, levelMax);
      found.push(smoothed[level]);
      if (residual.bias === undefined) found.push(offsetScore(moving.level, this.#ones));
    }
    return geometricMean(found);
  }

  #squares(signed: Float64Array, row: number): number {
    const channels = this.#ones.length;
    const own = signed.subarray(row * channels, (row + 1) * channels).map((value) => value * value);
    return rowScore(own, 0, this.#ones);
  }

  #smooth({ smoothed }: Moving, index: number, value: number, keep: number): void {
    if (Number.isNaN(value)) return;
    const before = smoothed[index];
    smoothed[index] = Number.isNaN(before) ? value : keep * before + (1 - keep) * value;
  }
}

/** Of the numbers among them; at least one is. */
function geometricMean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  const logs = known.reduce((sum, value) => sum + Math.log(Math.max(statisticMin, value)), 0);
  return Math.exp(logs / known.length);
}
