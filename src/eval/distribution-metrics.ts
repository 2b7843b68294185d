import { DriftcastError } from '../core/errors.ts';
import { intervalEnds } from './coverage.ts';
import { quantileCrps } from './crps.ts';
import { quantileAt } from './quantile.ts';

export interface DistributionSummary {
  /** Mean |target - median|. */
  readonly mae: number;
  readonly rmse: number;
  /** Mean quantile CRPS over the accumulator's levels. */
  readonly crps: number;
  /** Sum of |target - median| over the sum of |target|. */
  readonly nd: number;
  /** CRPS summed over cells, over the sum of |target| (CSDI's normalisation). */
  readonly normalisedCrps: number;
  /** Share of targets within [.05, .95]; NaN where the levels lack these ends. */
  readonly coverage90: number;
  readonly width90: number;
  /** Share of targets within [.25, .75]; NaN where the levels lack these ends. */
  readonly coverage50: number;
  readonly width50: number;
  /** Sum of |target|. */
  readonly magnitude: number;
  /** Cells with a target and a prediction: those the means are over. */
  readonly count: number;
  /** Cells with a target but no finite prediction: in no mean, so say it where it is not 0. */
  readonly unanswered: number;
}

/** All cells in units of their channel's scale, so that no channel dominates by its unit; and each channel in its own unit. */
export interface DistributionReport extends DistributionSummary {
  /** [channel] */
  readonly byChannel: readonly DistributionSummary[];
}

export interface DistributionMetrics {
  /** One cell: its true value (NaN: nothing to compare with, ignored) and its quantiles from `offset`, all in the channel's unit. */
  add(channel: number, target: number, quantiles: ArrayLike<number>, offset?: number): void;
  summary(): DistributionReport;
}

interface Sums {
  absolute: number;
  squared: number;
  crps: number;
  magnitude: number;
  count: number;
  unanswered: number;
  readonly intervals: readonly IntervalSums[];
}

/** Of one central interval. */
interface IntervalSums {
  inside: number;
  width: number;
}

const probabilities = [0.9, 0.5] as const;

/**
 * Streaming metrics of predictive distributions. What `summary()` reports at its top is a mean over cells, each divided by
 * its channel's scale: "in units of the channel's training standard deviation". A channel whose scale is not a positive
 * number (constant in training) has no such unit: it shows in `byChannel` only.
 *
 * @param levels ascending levels of the quantiles
 * @param scales [channel], training standard deviations
 */
export function createDistributionMetrics(levels: readonly number[], scales: ArrayLike<number>): DistributionMetrics {
  const ends = probabilities.map((probability) => intervalEnds(levels, probability));
  const channels = Array.from({ length: scales.length }, emptySums);
  return {
    add(channel, target, quantiles, offset = 0) {
      if (Number.isNaN(target)) return;
      const sums = channels[channel];
      if (sums === undefined)
        throw new DriftcastError(
          'INTERNAL',
          `adding to metrics of ${channels.length} channels: there is no channel ${channel}`,
        );
      const crps = quantileCrps(target, quantiles, levels, offset);
      if (!Number.isFinite(crps)) {
        sums.unanswered += 1;
        return;
      }
      const error = target - quantileAt(0.5, quantiles, levels, offset);
      sums.absolute += Math.abs(error);
      sums.squared += error * error;
      sums.crps += crps;
      sums.magnitude += Math.abs(target);
      sums.count += 1;
      for (const [k, interval] of sums.intervals.entries()) {
        const found = ends[k];
        const low = found === null ? Number.NaN : quantiles[offset + found.low];
        const high = found === null ? Number.NaN : quantiles[offset + found.high];
        if (low <= target && target <= high) interval.inside += 1;
        interval.width += high - low; // NaN where the levels lack the ends
      }
    },
    summary() {
      const pooled = emptySums();
      for (const [channel, sums] of channels.entries()) {
        const scale = scales[channel];
        if (scale > 0 && Number.isFinite(scale)) addScaled(pooled, sums, scale);
      }
      return { ...summarise(pooled), byChannel: channels.map(summarise) };
    },
  };
}

function emptySums(): Sums {
  const intervals = probabilities.map(() => ({ inside: 0, width: 0 }));
  return { absolute: 0, squared: 0, crps: 0, magnitude: 0, count: 0, unanswered: 0, intervals };
}

function addScaled(into: Sums, sums: Sums, scale: number): void {
  into.absolute += sums.absolute / scale;
  into.squared += sums.squared / scale ** 2;
  into.crps += sums.crps / scale;
  into.magnitude += sums.magnitude / scale;
  into.count += sums.count;
  into.unanswered += sums.unanswered;
  into.intervals.forEach((interval, k) => {
    interval.inside += sums.intervals[k].inside;
    interval.width += sums.intervals[k].width / scale;
  });
}

function summarise(sums: Sums): DistributionSummary {
  const [at90, at50] = sums.intervals;
  // without the ends in the levels the width is NaN, and so is the share
  const coverageOf = ({ inside, width }: IntervalSums) => (Number.isNaN(width) ? Number.NaN : inside / sums.count);
  return {
    mae: sums.absolute / sums.count,
    rmse: Math.sqrt(sums.squared / sums.count),
    crps: sums.crps / sums.count,
    nd: sums.absolute / sums.magnitude,
    normalisedCrps: sums.crps / sums.magnitude,
    coverage90: coverageOf(at90),
    width90: at90.width / sums.count,
    coverage50: coverageOf(at50),
    width50: at50.width / sums.count,
    magnitude: sums.magnitude,
    count: sums.count,
    unanswered: sums.unanswered,
  };
}
