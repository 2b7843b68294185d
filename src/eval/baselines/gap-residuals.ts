import { unbiasedQuantileOfSorted } from '../quantile.ts';

/** A point method that fills gaps: [time, channel] with NaN where missing to the same without. */
export type FillGaps = (values: Float64Array, channels: number) => Float64Array;
/** How far a missing cell is from what is known, rows; what errors grow with. */
export type GapDistance = (values: Float64Array, channels: number) => Int32Array;

/** Largest distance of each class of gaps but the last. */
const distancesMax = [1, 2, 4, 8, 16] as const;
export const gapClasses = distancesMax.length + 1;
/** With fewer errors of its own a class takes those of all classes. */
export const errorsMin = 20;

/** Quantiles of the errors of a point method, [channel, class of distance, level]. */
export interface GapResiduals {
  readonly levels: readonly number[];
  readonly values: Float64Array;
}

/**
 * Quantiles of the errors that a point method makes on observed cells that are hidden from it, by channel and distance to what
 * is known: what turns a point into a distribution without assuming a law. Type-6 rule, which does not under-cover.
 *
 * @param values [time, channel], NaN where missing
 * @param masks each [time, channel], 1 where to hide
 */
export function fitGapResiduals(
  values: Float64Array,
  channels: number,
  masks: readonly Uint8Array[],
  method: { readonly fill: FillGaps; readonly distance: GapDistance },
  levels: readonly number[],
): GapResiduals {
  const errors: number[][][] = Array.from({ length: channels }, () => Array.from({ length: gapClasses }, () => []));
  for (const mask of masks) {
    const shown = values.map((value, i) => (mask[i] === 1 ? Number.NaN : value));
    const filled = method.fill(shown, channels);
    const distance = method.distance(shown, channels);
    for (let i = 0; i < values.length; i++) {
      const error = values[i] - filled[i];
      if (mask[i] === 1 && !Number.isNaN(error)) errors[i % channels][gapClassOf(distance[i])].push(error);
    }
  }
  const quantiles = new Float64Array(channels * gapClasses * levels.length);
  errors.forEach((own, channel) => {
    quantiles.set(gapErrorQuantiles(own, levels), channel * gapClasses * levels.length);
  });
  return { levels, values: quantiles };
}

/** Quantiles [class of distance, level] of the errors of one channel by class; without any, 0: the point alone. */
export function gapErrorQuantiles(errors: readonly (readonly number[])[], levels: readonly number[]): Float64Array {
  const out = new Float64Array(gapClasses * levels.length);
  const all = errors.flat();
  errors.forEach((own, index) => {
    const sorted = Float64Array.from(own.length < errorsMin ? all : own).sort();
    levels.forEach((level, q) => {
      out[index * levels.length + q] = sorted.length === 0 ? 0 : unbiasedQuantileOfSorted(sorted, level);
    });
  });
  return out;
}

/** Writes the quantiles of one filled cell: its point plus those of the errors of its channel and distance. */
export function writeGapQuantiles(
  out: Float64Array,
  point: number,
  channel: number,
  distance: number,
  { levels, values }: GapResiduals,
): void {
  const at = (channel * gapClasses + gapClassOf(distance)) * levels.length;
  for (let q = 0; q < levels.length; q++) out[q] = point + values[at + q];
}

/** Class of a distance to what is known, rows. */
export function gapClassOf(distance: number): number {
  const found = distancesMax.findIndex((most) => distance <= most);
  return found < 0 ? gapClasses - 1 : found;
}

/** Rows since the channel's last observation; before the first one, rows to it. */
export function rowsSince(values: Float64Array, channels: number): Int32Array {
  const before = distanceBack(values, channels);
  const after = distanceAhead(values, channels);
  return before.map((rows, i) => (rows < values.length ? rows : after[i]));
}

/** Rows to the nearest observation of the channel, on either side. */
export function rowsToNearest(values: Float64Array, channels: number): Int32Array {
  const after = distanceAhead(values, channels);
  return distanceBack(values, channels).map((rows, i) => Math.min(rows, after[i]));
}

/** `values.length` where there is none. */
function distanceBack(values: Float64Array, channels: number): Int32Array {
  const rows = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const before = i < channels ? values.length : rows[i - channels] + 1;
    rows[i] = Number.isNaN(values[i]) ? Math.min(values.length, before) : 0;
  }
  return rows;
}

function distanceAhead(values: Float64Array, channels: number): Int32Array {
  const rows = new Int32Array(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    const after = i + channels >= values.length ? values.length : rows[i + channels] + 1;
    rows[i] = Number.isNaN(values[i]) ? Math.min(values.length, after) : 0;
  }
  return rows;
}
