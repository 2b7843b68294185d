import type { GridSeries } from '../../diffusion/normal.ts';

/** The parts of one series, oldest first. Any but the first may have no rows. */
export interface SplitSeries {
  readonly whole: GridSeries;
  /** First rows of validation and of test in the whole. */
  readonly validationRow: number;
  readonly testRow: number;
  readonly train: GridSeries;
  readonly validation: GridSeries;
}

export interface SplitOptions {
  readonly channels: number;
  readonly stepMs: number;
  readonly validationFraction: number;
  readonly testFraction: number;
  /** Rows that validation should have of every series, if that is no more than a third of what is left without the test. */
  readonly validationRowsMin: number;
}

/**
 * Splits every series by time: the oldest rows to fit on, the next to validate and calibrate on, the newest to test on. Nothing
 * that is fitted, chosen or calibrated may read a row from `testRow` on.
 */
export function splitByTime(series: readonly GridSeries[], options: SplitOptions): SplitSeries[] {
  const { channels, stepMs, validationFraction, testFraction, validationRowsMin } = options;
  return series.map((whole) => {
    const testRow = whole.rows - Math.round(whole.rows * testFraction);
    const wanted = Math.max(
      Math.round(whole.rows * validationFraction),
      Math.min(validationRowsMin, Math.floor(testRow / 3)),
    );
    const validationRow = testRow - Math.min(wanted, testRow);
    const part = (from: number, to: number): GridSeries => ({
      ...whole,
      startMs: whole.startMs + from * stepMs,
      rows: to - from,
      values: whole.values.subarray(from * channels, to * channels),
    });
    return {
      whole,
      validationRow,
      testRow,
      train: part(0, validationRow),
      validation: part(validationRow, testRow),
    };
  });
}
