import { type ForecastShape, members } from './shape.ts';

/** Numbers a cell: location and scale of every member, then the 90 % interval that was served. */
export const numbersOfCell = 2 * members.length + 2;
export const lowOfCell = 2 * members.length;

const largest = 1e30;

/** Keeps a number within what single precision can add up, however wild a feed is. NaN stays NaN. */
export const held = (x: number): number => Math.min(largest, Math.max(-largest, x));

/** A forecast some of whose rows have not come yet. Never changed once made, so that states may share it. */
export interface PendingForecast {
  /** Time stamp of the last row it knew. */
  readonly endMs: number;
  /** [channel]: what locations are relative to, so that single precision is enough. */
  readonly reference: Float64Array;
  /** First row that `cells` has: those before are resolved. */
  readonly firstRow: number;
  /** [horizon - firstRow, channel, number] */
  readonly cells: Float32Array;
}

/** Where row `h` of channel `c` begins in `cells`. */
export const cellOf = (pending: PendingForecast, shape: ForecastShape, h: number, channel: number): number =>
  ((h - pending.firstRow) * shape.channels + channel) * numbersOfCell;

/** The forecast with the rows up to `timeMs` left out; null when none is left. */
export function withoutRowsUntil(
  pending: PendingForecast,
  timeMs: number,
  { channels, horizon, stepMs }: ForecastShape,
): PendingForecast | null {
  const firstRow = Math.max(pending.firstRow, Math.round((timeMs - pending.endMs) / stepMs));
  if (firstRow >= horizon) return null;
  const cells = pending.cells.slice((firstRow - pending.firstRow) * channels * numbersOfCell);
  return { ...pending, firstRow, cells };
}
