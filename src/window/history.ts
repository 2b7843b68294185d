import type { Channel } from '../core/channel.ts';
import { DriftcastError } from '../core/errors.ts';
import { planReadings } from '../core/plan-reading.ts';
import type { Reading } from '../core/reading.ts';
import { RecentRows } from './recent-rows.ts';

/** A finished stretch of one series on the grid. */
export interface SeriesHistory {
  readonly series: string;
  /** Stamp of the first row. */
  readonly startMs: number;
  readonly rows: number;
  /** [rows, channel], aggregated as the stream would; NaN where missing. */
  readonly values: Float64Array;
}

const cellsMax = 400_000_000;
/** A grid larger than this that holds a reading in less than every hundredth row comes from a time stamp that is far off. */
const sparseRowsMin = 1_000_000;
const rowsPerReadingMax = 100;

/**
 * Puts recorded readings on the grid, with the aggregation of the stream. A series is as long as it was heard; plans fill its rows.
 * @throws DriftcastError LIMIT_EXCEEDED
 */
export function gridHistory(
  readings: readonly Reading[],
  channels: readonly Channel[],
  stepMs: number,
  /** A counter that was not read for longer gives no rate: in the stream its series begins anew. */
  silentAfterMs = Number.POSITIVE_INFINITY,
): SeriesHistory[] {
  const isPlan = planReadings(channels);
  const bySeries = groupBySeries(readings.filter((reading) => !isPlan(reading)));
  const plans = groupBySeries(readings.filter(isPlan));
  let cells = 0;
  // not in the order of arrival: over several partitions that is another one every time
  const sorted = [...bySeries].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([series, own]) => {
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const { timeMs } of own) {
      first = Math.min(first, Math.floor(timeMs / stepMs));
      last = Math.max(last, Math.floor(timeMs / stepMs));
    }
    const rows = last - first + 1;
    cells += rows * channels.length;
    const sparse = rows > sparseRowsMin && rows > rowsPerReadingMax * own.length;
    if (sparse || cells > cellsMax) {
      const from = new Date(first * stepMs).toISOString();
      const to = new Date(last * stepMs).toISOString();
      throw new DriftcastError(
        'LIMIT_EXCEEDED',
        `gridding "${series}": ${own.length} readings from ${from} to ${to} would make ${rows} rows of ${stepMs} ms`,
        { hint: 'Look for a time stamp that is far off; check window.step_ms, or use a shorter history.' },
      );
    }
    const grid = new RecentRows(rows, channels, last, silentAfterMs, 0);
    // first, so that at the same time what was read counts; what is planned before and after what was heard is no history
    for (const reading of plans.get(series) ?? []) {
      const row = Math.floor(reading.timeMs / stepMs);
      if (row >= first && row <= last) grid.add(row, reading);
    }
    for (const reading of own) grid.add(Math.floor(reading.timeMs / stepMs), reading);
    const values = new Float64Array(rows * channels.length);
    grid.copy(first, rows, values);
    return { series, startMs: first * stepMs, rows, values };
  });
}

function groupBySeries(readings: readonly Reading[]): Map<string, Reading[]> {
  const bySeries = new Map<string, Reading[]>();
  for (const reading of readings) {
    const own = bySeries.get(reading.series);
    if (own === undefined) bySeries.set(reading.series, [reading]);
    else own.push(reading);
  }
  return bySeries;
}
