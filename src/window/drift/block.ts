import { type FloatTable, floatTable } from './float-table.ts';

/** Parts of a block: what a channel is like in each of them is the course of its day. */
export const binCount = 12;

/** What the rows of a block come to, a channel. */
const layout = {
  /** Sum and number of values, [bin]. */
  sums: binCount,
  counts: binCount,
  rows: 1,
  mean: 1,
  /** Sum of squared deviations from the mean (Welford 1962). */
  squares: 1,
  /** Sum and number of absolute differences between rows that follow each other. */
  moved: 1,
  moves: 1,
  longestRun: 1,
  /** Of the rows before, over the ends of blocks: the last value, its row, and for how many values it has been the same. */
  last: 1,
  lastRow: 1,
  run: 1,
  /** The row in which that began. */
  runRow: 1,
} as const;

export type Block = FloatTable<typeof layout>;

export const createBlock = (channels: number, all?: Float64Array): Block => floatTable(layout, channels, all);
export const blockWidth = Object.values(layout).reduce((sum, width) => sum + width, 0);

/** Takes one observed cell of a row, [channel], in. */
export function addToBlock({ of }: Block, channel: number, bin: number, row: number, cells: ArrayLike<number>): void {
  const value = cells[channel] as number;
  of.sums[channel * binCount + bin] += value;
  of.counts[channel * binCount + bin]++;
  of.rows[channel]++;
  const deviation = value - of.mean[channel];
  of.mean[channel] += deviation / of.rows[channel];
  of.squares[channel] += deviation * (value - of.mean[channel]);
  const move = Math.abs(value - of.last[channel]);
  if (of.run[channel] > 0 && of.lastRow[channel] === row - 1) {
    of.moved[channel] += move;
    of.moves[channel]++;
  }
  const same = of.run[channel] > 0 && move === 0;
  of.run[channel] = same ? of.run[channel] + 1 : 1;
  if (!same) of.runRow[channel] = row;
  of.longestRun[channel] = Math.max(of.longestRun[channel], of.run[channel]);
  of.last[channel] = value;
  of.lastRow[channel] = row;
}

/** Begins the next block; what is known of the row before stays. */
export function clearBlock({ of }: Block): void {
  for (const field of ['sums', 'counts', 'rows', 'mean', 'squares', 'moved', 'moves', 'longestRun'] as const)
    of[field].fill(0);
}

/** One channel of a finished block. */
export interface BlockSummary {
  readonly rows: number;
  /** Mean value, [bin]; NaN without any. */
  readonly profile: Float64Array;
  readonly variance: number;
  /** Mean absolute difference between rows that follow each other; NaN where none do. */
  readonly move: number;
  readonly longestRun: number;
}

export function summaryOf({ of }: Block, channel: number): BlockSummary {
  const from = channel * binCount;
  const rows = of.rows[channel];
  return {
    rows,
    profile: of.sums.slice(from, from + binCount).map((sum, bin) => sum / of.counts[from + bin]),
    variance: rows > 1 ? of.squares[channel] / (rows - 1) : 0,
    move: of.moved[channel] / of.moves[channel],
    longestRun: of.longestRun[channel],
  };
}
