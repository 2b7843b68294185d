import { DriftcastError } from '../../core/errors.ts';
import { classifyColumns } from './classify-columns.ts';
import { describeChannel } from './describe-channel.ts';
import type { ChannelFacts, FeedFacts, Table } from './facts.ts';
import { findPeriod } from './find-period.ts';
import { findSeries } from './find-series.ts';
import { findTime } from './find-time.ts';
import { type Grid, measureGrid } from './measure-grid.ts';

export interface InspectOptions {
  /** What the table is, for errors: a file, a topic. */
  readonly what: string;
  readonly label: string | null;
  readonly stepMs: number | null;
}

/**
 * Finds out what a feed is: time, series, channels, step, gaps. A pure function of the rows. Fails with DATA_UNREADABLE
 * or DATA_INSUFFICIENT, saying what is missing, and USAGE where the asked label is no column.
 */
export function inspectTable(table: Table, { what, label, stepMs }: InspectOptions): FeedFacts {
  const { column: time, timesMs } = findTime(table, what);
  const series = findSeries(table, timesMs, time);
  const keys = table.rows.map((row) => (series === null ? '' : row[series].trim()));
  const columns = classifyColumns(table, series === null ? [time] : [time, series], label);
  if (columns.channels.length === 0) {
    const hint = 'A channel is a column of numbers.';
    throw new DriftcastError(
      'DATA_INSUFFICIENT',
      `looking for channels in ${what}: no column of numbers besides the time`,
      { hint },
    );
  }
  const grid = measureGrid(timesMs, keys, stepMs);
  const channels = atLeastOneGauge(columns.channels.map(({ name, values }) => describeChannel(name, values, grid)));
  const rowCounts = gridRows(grid).sort((a, b) => a - b);
  const firstGauge = Math.max(
    channels.findIndex(({ kind, counter }) => kind === 'gauge' && !counter),
    0,
  );
  return {
    rows: table.rows.length,
    raggedRows: table.raggedRows,
    timelessRows: table.rows.length - grid.order.length,
    doubledRows: grid.doubledRows,
    truncated: table.truncated,
    timeColumn: table.names[time],
    seriesColumn: series === null ? null : table.names[series],
    seriesCount: rowCounts.length,
    rowsPerSeries: rowCounts[Math.floor((rowCounts.length - 1) / 2)],
    labelColumns: columns.labels,
    ignored: columns.ignored,
    channels,
    stepMs: grid.stepMs,
    irregular: grid.irregular,
    disorderMs: disorderOf(timesMs, table.lanes),
    firstMs: grid.firstMs,
    lastMs: grid.lastMs,
    periodSteps: findPeriod(longestOnGrid(columns.channels[firstGauge].values, grid)),
  };
}

/** [series], grid cells with a row. */
const gridRows = ({ starts, cells }: Grid): number[] =>
  starts
    .slice(1)
    .map(
      (end, series) =>
        cells.subarray(starts[series], end).filter((cell, at, all) => at === 0 || cell !== all[at - 1]).length,
    );

/** A model scores gauges only: where everything looks like a flag, or never changed, all of it is taken as measured. */
function atLeastOneGauge(channels: readonly ChannelFacts[]): readonly ChannelFacts[] {
  if (channels.some(({ kind }) => kind === 'gauge')) return channels;
  const varied = channels.some(({ min, max }) => min < max);
  return channels.map((channel) => (varied && channel.min === channel.max ? channel : { ...channel, kind: 'gauge' }));
}

function disorderOf(timesMs: Float64Array, lanes: readonly number[] | undefined): number {
  const newest = new Map<number, number>();
  let most = 0;
  timesMs.forEach((timeMs, row) => {
    if (Number.isNaN(timeMs)) return;
    const lane = lanes?.[row] ?? 0;
    const before = newest.get(lane) ?? timeMs;
    most = Math.max(most, before - timeMs);
    newest.set(lane, Math.max(before, timeMs));
  });
  return most;
}

const CELLS_MAX = 10_000;

/** The values of the series with the most rows on its grid; NaN where a cell is empty. */
function longestOnGrid(values: Float64Array, { order, cells, starts }: Grid): Float64Array {
  let longest = 0;
  for (let series = 0; series + 1 < starts.length; series++) {
    if (starts[series + 1] - starts[series] > starts[longest + 1] - starts[longest]) longest = series;
  }
  const from = starts[longest];
  const end = starts[longest + 1];
  const onGrid = new Float64Array(Math.min(CELLS_MAX, cells[end - 1] + 1)).fill(Number.NaN);
  for (let place = from; place < end && cells[place] < onGrid.length; place++)
    onGrid[cells[place]] = values[order[place]];
  return onGrid;
}
