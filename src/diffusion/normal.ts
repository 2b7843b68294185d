import { bend, type Transform } from '../core/transform.ts';
import type { ChannelPrior } from './model.ts';

/** Values of one series on the grid, in the channels' units. */
export interface GridSeries {
  readonly series: string;
  readonly startMs: number;
  readonly rows: number;
  /** [rows, channel]; NaN where missing. */
  readonly values: Float64Array;
}

/** Weight at which the online normaliser (half-life 5000 rows) rests: more training rows than this count no more. */
const weightMax = 7214;
/** A series that training did not see moves away from the common statistics within about this many rows. */
const strangerWeight = 200;
const zMax = 25;
/** Larger deviations would overflow when squared. */
const deviationMax = 1e150;

/** The scale of z: never so small that a constant channel's rounding looks like an event. */
export const scaleOf = (prior: ChannelPrior): number => Math.max(Math.sqrt(prior.variance), 0.02 * prior.absMax, 1e-9);

/** Mean, variance and largest magnitude of every channel, bent, over the observed cells of the series. */
export function channelPriors(
  series: readonly GridSeries[],
  channels: number,
  transforms: readonly Transform[] = [],
): ChannelPrior[] {
  return Array.from({ length: channels }, (_, c) => {
    const transform = transforms[c] ?? 'none';
    let count = 0;
    let mean = 0;
    let squares = 0;
    let absMax = 0;
    for (const { values } of series) {
      for (let i = c; i < values.length; i += channels) {
        const x = bend(transform, values[i] as number);
        if (Number.isNaN(x)) continue;
        count++;
        const delta = Math.min(deviationMax, Math.max(-deviationMax, x - mean));
        mean += delta / count;
        squares += delta * delta * (1 - 1 / count);
        absMax = Math.max(absMax, Math.abs(x));
      }
    }
    const weight = Math.min(weightMax, series.length > 1 ? strangerWeight : count);
    return { mean, variance: count === 0 ? 0 : squares / count, absMax, weight: Math.max(1, weight) };
  });
}

/** z of the active channels, [rows, active channel]. */
export function normalise(
  series: GridSeries,
  priors: readonly ChannelPrior[],
  active: readonly number[],
  transforms: readonly Transform[] = [],
): Float32Array {
  const channels = priors.length;
  const z = new Float32Array(series.rows * active.length);
  active.forEach((c, d) => {
    const prior = priors[c] as ChannelPrior;
    const scale = scaleOf(prior);
    for (let t = 0; t < series.rows; t++) {
      const value = (bend(transforms[c] ?? 'none', series.values[t * channels + c] as number) - prior.mean) / scale;
      z[t * active.length + d] = Math.min(zMax, Math.max(-zMax, value)); // NaN stays NaN
    }
  });
  return z;
}
