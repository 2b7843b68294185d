import { type FloatTable, floatTable, widthOf } from './float-table.ts';

/** Parts of a block: what a channel is like in each of them is the course of its day. */
export const binCount = 12;

/** Sum and number of values of every part, a channel. */
const binLayout = { sums: binCount, counts: binCount } as const;

/** What the rows of a block come to, a channel. */
const rowLayout = {
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

/** What changes with every row: of the part that rows go into sum and number too. */
const runningLayout = { ...rowLayout, sum: 1, count: 1 } as const;
type Running = FloatTable<typeof runningLayout>;

export const blockWidth = widthOf(binLayout) + widthOf(rowLayout);
const noBin = -1;

/** A block as of some row, to be written down later (`writeBlock`). */
export interface BlockMark {
  /** [`binLayout`]; of part `bin` the numbers are among `running`. */
  readonly bins: Float64Array;
  readonly bin: number;
  readonly running: Float64Array;
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

/** The rows since the beginning of a block, summed up. */
export class Block {
  readonly #channels: number;
  /** Two thirds of all numbers, which change at the end of a part alone: marks share them until then. */
  #bins: FloatTable<typeof binLayout>;
  #isShared = false;
  readonly #running: Running;
  #bin = noBin;

  /** @param written a block that was written down (`writeBlock`); absent: an empty one */
  constructor(channels: number, written?: Float64Array) {
    const binNumbers = channels * widthOf(binLayout);
    this.#channels = channels;
    this.#bins = floatTable(binLayout, channels, written?.slice(0, binNumbers));
    this.#running = floatTable(runningLayout, channels);
    if (written !== undefined) this.#running.all.set(written.subarray(binNumbers));
  }

  /** [channel] */
  get of(): Pick<Running['of'], 'last' | 'run' | 'runRow'> {
    return this.#running.of;
  }

  /** The rows that come are of this part. */
  begin(bin: number): void {
    if (bin === this.#bin) return;
    if (this.#bin !== noBin) {
      if (this.#isShared) this.#bins = floatTable(binLayout, this.#channels, this.#bins.all.slice());
      this.#isShared = false;
      putBin(this.#bins, this.#bin, this.#running);
    }
    this.#bin = bin;
    const { sum, count } = this.#running.of;
    for (let channel = 0; channel < this.#channels; channel++) {
      sum[channel] = this.#bins.of.sums[channel * binCount + bin];
      count[channel] = this.#bins.of.counts[channel * binCount + bin];
    }
  }

  /** Takes one observed cell of a row, [channel], in. */
  add(channel: number, row: number, cells: ArrayLike<number>): void {
    const { of } = this.#running;
    const value = cells[channel] as number;
    of.sum[channel] += value;
    of.count[channel]++;
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
  clear(): void {
    this.#bins = floatTable(binLayout, this.#channels);
    this.#isShared = false;
    this.#bin = noBin;
    for (const field of ['rows', 'mean', 'squares', 'moved', 'moves', 'longestRun'] as const)
      this.#running.of[field].fill(0);
  }

  summaryOf(channel: number): BlockSummary {
    const { of } = this.#running;
    const { sums, counts } = this.#bins.of;
    const profile = Float64Array.from({ length: binCount }, (_, bin) =>
      bin === this.#bin
        ? of.sum[channel] / of.count[channel]
        : sums[channel * binCount + bin] / counts[channel * binCount + bin],
    );
    const rows = of.rows[channel];
    return {
      rows,
      profile,
      variance: rows > 1 ? of.squares[channel] / (rows - 1) : 0,
      move: of.moved[channel] / of.moves[channel],
      longestRun: of.longestRun[channel],
    };
  }

  mark(): BlockMark {
    this.#isShared = true;
    return { bins: this.#bins.all, bin: this.#bin, running: this.#running.all.slice() };
  }
}

/** All numbers of a mark: those of the parts, then those of the rows. */
export function writeBlock({ bins, bin, running }: BlockMark): Float64Array {
  const channels = bins.length / widthOf(binLayout);
  const own = floatTable(binLayout, channels, bins.slice());
  if (bin !== noBin) putBin(own, bin, floatTable(runningLayout, channels, running));
  const written = new Float64Array(channels * blockWidth);
  written.set(own.all);
  written.set(running.subarray(0, channels * widthOf(rowLayout)), own.all.length);
  return written;
}

function putBin({ of }: FloatTable<typeof binLayout>, bin: number, { of: { sum, count } }: Running): void {
  for (let channel = 0; channel < sum.length; channel++) {
    of.sums[channel * binCount + bin] = sum[channel];
    of.counts[channel * binCount + bin] = count[channel];
  }
}
