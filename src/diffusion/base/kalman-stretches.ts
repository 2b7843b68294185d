import { type SeasonalMean, seasonOffset } from './seasonal-mean.ts';

/** A training series on the grid, [row, channel], NaN where missing. */
export interface GapSegment {
  readonly z: Float32Array;
  readonly rows: number;
  readonly startMs: number;
}

/** A contiguous stretch of rows about their seasonal mean, [row, channel]; cells with known = 0 are not read. */
export interface KalmanStretch {
  readonly y: Float64Array;
  readonly known: Uint8Array;
  readonly rows: number;
}

/** Long enough that the start does not matter, short enough that the covariances of a stretch stay in memory. */
const rowsOfStretch = 192;
const rowsMin = 3;

/** Cuts segments into stretches; where they hold more than `rowsMax` rows, stretches spread evenly over them. */
export function cutStretches(
  segments: readonly GapSegment[],
  channels: number,
  season: SeasonalMean,
  stepMs: number,
  rowsMax: number,
): KalmanStretch[] {
  const places = segments.flatMap((segment) =>
    Array.from({ length: Math.ceil(segment.rows / rowsOfStretch) }, (_, k) => ({
      segment,
      from: k * rowsOfStretch,
      rows: Math.min(rowsOfStretch, segment.rows - k * rowsOfStretch),
    })),
  );
  const usable = places.filter(
    ({ segment, from, rows }) =>
      rows >= rowsMin &&
      segment.z.subarray(from * channels, (from + rows) * channels).some((value) => !Number.isNaN(value)),
  );
  const total = usable.reduce((sum, place) => sum + place.rows, 0);
  const kept = Math.max(1, Math.floor(usable.length * Math.min(1, rowsMax / Math.max(1, total))));
  return Array.from({ length: Math.min(kept, usable.length) }, (_, k) => {
    const { segment, from, rows } = usable[Math.floor(((k + 0.5) * usable.length) / kept)];
    const y = new Float64Array(rows * channels);
    const known = new Uint8Array(rows * channels);
    for (let t = 0; t < rows; t++) {
      const offset = seasonOffset(season, segment.startMs + (from + t) * stepMs, channels);
      for (let d = 0; d < channels; d++) {
        const value = segment.z[(from + t) * channels + d];
        if (Number.isNaN(value)) continue;
        known[t * channels + d] = 1;
        y[t * channels + d] = value - season.values[offset + d];
      }
    }
    return { y, known, rows };
  });
}
