import type { GridSeries } from '../../diffusion/normal.ts';

/** Splits every series by time: the oldest rows to train on, the newest to validate and calibrate on. */
export function splitByTime(
  series: readonly GridSeries[],
  channels: number,
  stepMs: number,
  validationFraction: number,
  rowsMin: number,
): { train: GridSeries[]; held: GridSeries[] } {
  const train: GridSeries[] = [];
  const held: GridSeries[] = [];
  for (const one of series) {
    const heldRows = Math.max(Math.round(one.rows * validationFraction), Math.min(rowsMin, Math.floor(one.rows / 3)));
    const cut = one.rows - heldRows;
    train.push({ ...one, rows: cut, values: one.values.subarray(0, cut * channels) });
    held.push({
      ...one,
      startMs: one.startMs + cut * stepMs,
      rows: heldRows,
      values: one.values.subarray(cut * channels),
    });
  }
  return { train, held };
}
