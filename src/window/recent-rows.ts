import type { Aggregate, Channel } from '../core/channel.ts';
import type { Reading } from '../core/reading.ts';
import { type CounterReading, counterRate } from './counter-rate.ts';
import type { PlannedRow } from './plan-book.ts';

const NONE = -1;

/**
 * The newest `capacity` rows of one series on the grid, aggregated as readings come. Row numbers are absolute. The caller keeps rows within
 * the capacity (see `WindowPlan.rowsKept`).
 *
 * Rows lie one behind the other on a page that has room for `spareRows` more; when it is full, a new page begins with the rows that are
 * still kept. So a window is a look at the page, and not a copy; before a cell that a window looks at changes, the page is copied.
 */
export class RecentRows {
  /** Highest row that holds a reading; -Infinity if none does. */
  newestRow = Number.NEGATIVE_INFINITY;
  private readonly aggregates: readonly Aggregate[];
  /** Channels whose value is not simply what `cells` holds. */
  private readonly derived: readonly number[];
  /** Channels that are counters: `cells` holds what was read, a cell's value is the rate since the cell before. */
  private readonly counters: readonly number[];
  /** [counter]: the newest reading in rows that are not kept any more; null where there is none. */
  private left: (CounterReading | null)[];
  /** Counters are not read from rows before this one: what they said is known. */
  private countersFrom = Number.NEGATIVE_INFINITY;
  /** The page, [slot, channel]: the aggregate, for `mean` the sum; NaN where nothing was observed. */
  private cells: Float64Array;
  /** Windows look at the page up to this row; -Infinity: none does. */
  private seenThrough = Number.NEGATIVE_INFINITY;
  /** [slot, channel]: event time of the value for `last` and `rate`, number of values for `mean`; stale where the cell is NaN. */
  private readonly notes: Float64Array;
  /** [slot]: how many cells are not NaN. */
  private readonly counts: Uint16Array;
  /** [slot]: oldest offset among the readings of the row; `NONE` without readings. */
  private readonly offsets: Float64Array;
  /** [slot]: newest event time of the row. */
  private readonly times: Float64Array;
  /** Highest row that is there; slots behind it are empty. */
  private top: number;
  /** Row of the first slot. */
  private base: number;

  constructor(
    private readonly capacity: number,
    private readonly channels: readonly Channel[],
    firstRow: number,
    /** Between two readings of a counter that still make a rate. */
    private readonly gapMsMax = Number.POSITIVE_INFINITY,
    spareRows = capacity,
  ) {
    this.aggregates = channels.map((channel) => channel.aggregate);
    this.derived = channels.flatMap(({ aggregate }, i) => (isDerived(aggregate) ? [i] : []));
    this.counters = channels.flatMap(({ aggregate }, i) => (aggregate === 'rate' ? [i] : []));
    this.left = this.counters.map(() => null);
    const slots = capacity + spareRows;
    this.cells = new Float64Array(slots * channels.length).fill(Number.NaN);
    this.notes = new Float64Array(slots * channels.length);
    this.counts = new Uint16Array(slots);
    this.offsets = new Float64Array(slots).fill(NONE);
    this.times = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);
    this.top = firstRow;
    this.base = firstRow - capacity + 1;
  }

  add(row: number, reading: Reading): void {
    this.reach(row);
    this.own(row);
    const slot = this.slot(row);
    const { channels, values, timeMs, position } = reading;
    if (this.offsets[slot] === NONE || position.offset < this.offsets[slot]) this.offsets[slot] = position.offset;
    if (timeMs > this.times[slot]) this.times[slot] = timeMs;
    if (row > this.newestRow) this.newestRow = row;
    const base = slot * this.aggregates.length;
    const known = row < this.countersFrom;
    for (let i = 0; i < channels.length; i++) {
      if (known && this.aggregates[channels[i]] === 'rate') continue;
      this.addCell(slot, base + channels[i], channels[i], values[i], timeMs);
    }
  }

  /** Takes what was planned for a row. It fills cells and is not heard; of the same time, what was read counts. */
  addPlanned(row: number, cells: PlannedRow): void {
    this.reach(row);
    this.own(row);
    const slot = this.slot(row);
    if (row > this.newestRow) this.newestRow = row;
    for (const [channel, { timeMs, value, needs }] of cells) {
      if (this.offsets[slot] === NONE || needs < this.offsets[slot]) this.offsets[slot] = needs;
      const index = slot * this.aggregates.length + channel;
      const isFirst = Number.isNaN(this.cells[index]);
      if (!isFirst && timeMs <= this.notes[index]) continue;
      if (isFirst) this.counts[slot]++;
      this.cells[index] = value;
      this.notes[index] = timeMs;
    }
  }

  has(row: number): boolean {
    return row <= this.newestRow && row > this.top - this.capacity && this.offsets[this.slot(row)] !== NONE;
  }

  /** Whether something of a row was read, and not only planned. */
  isHeard(row: number): boolean {
    return this.has(row) && this.times[this.slot(row)] > Number.NEGATIVE_INFINITY;
  }

  /** Of a row that `has` readings. */
  offsetOf(row: number): number {
    return this.offsets[this.slot(row)];
  }

  /** Of a row that `isHeard`. */
  timeOf(row: number): number {
    return this.times[this.slot(row)];
  }

  /** The oldest offset among the readings in `firstRow` and later; Infinity if there are none. */
  oldestOffset(firstRow: number): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (let row = Math.max(firstRow, this.top - this.capacity + 1); row <= this.newestRow; row++) {
      const offset = this.offsets[this.slot(row)];
      if (offset !== NONE && offset < oldest) oldest = offset;
    }
    return oldest;
  }

  /** The first row from `firstRow` on that has readings; Infinity if there is none. */
  nextRow(firstRow: number): number {
    for (let row = Math.max(firstRow, this.top - this.capacity + 1); row <= this.newestRow; row++) {
      if (this.offsets[this.slot(row)] !== NONE) return row;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The value of a cell of a row that is kept; NaN where nothing was observed. */
  cell(row: number, channel: number): number {
    if (row > this.top) return Number.NaN;
    const index = this.slot(row) * this.aggregates.length + channel;
    const value = this.cells[index];
    const aggregate = this.aggregates[channel];
    if (aggregate === 'rate') return this.rate(row, channel);
    if (aggregate === 'mean') return finite(value / this.notes[index]);
    return aggregate === 'sum' ? finite(value) : value;
  }

  /** Writes the values of one row to `target`, [channel]; NaN where nothing was observed. */
  copyRow(row: number, target: Float64Array): void {
    const width = this.aggregates.length;
    if (row > this.top) {
      target.fill(Number.NaN);
      return;
    }
    const from = this.slot(row) * width;
    for (let channel = 0; channel < width; channel++) target[channel] = this.cells[from + channel];
    for (const channel of this.derived) target[channel] = this.cell(row, channel);
  }

  /** Writes rows `firstRow` .. `firstRow` + length - 1 to `target`, [row, channel]; returns how many cells are observed. */
  copy(firstRow: number, length: number, target: Float64Array): number {
    const width = this.aggregates.length;
    const there = Math.max(0, Math.min(length, this.top - firstRow + 1));
    target.fill(Number.NaN, there * width);
    if (there === 0) return 0;
    const from = this.slot(firstRow) * width;
    target.set(this.cells.subarray(from, from + there * width));
    for (const channel of this.derived) {
      for (let i = 0; i < there; i++) target[i * width + channel] = this.cell(firstRow + i, channel);
    }
    let observed = 0;
    for (let i = 0; i < there * width; i++) if (!Number.isNaN(target[i])) observed++;
    return observed;
  }

  /** What `copy` would write, for good: whatever comes for these rows afterwards, `values` stays as it is. */
  window(firstRow: number, length: number): { readonly values: Float64Array; readonly observed: number } {
    const width = this.aggregates.length;
    if (this.derived.length > 0) {
      const values = new Float64Array(length * width);
      return { values, observed: this.copy(firstRow, length, values) };
    }
    const lastRow = firstRow + length - 1;
    this.reach(lastRow);
    this.seenThrough = Math.max(this.seenThrough, lastRow);
    const slot = this.slot(firstRow);
    let observed = 0;
    for (let i = slot; i < slot + length; i++) observed += this.counts[i];
    return { values: this.cells.subarray(slot * width, (slot + length) * width), observed };
  }

  /** Forgets all readings up to and including `row`, and what counters said then. */
  clearThrough(row: number): void {
    this.left.fill(null);
    const from = this.top - this.capacity + 1;
    if (from <= this.seenThrough) this.copyPage();
    for (let r = from; r <= Math.min(row, this.top); r++) this.clearSlot(this.slot(r));
    if (this.newestRow <= row) this.newestRow = Number.NEGATIVE_INFINITY;
  }

  /** Whether any channel is a counter: a reading of one changes the cell after it too. */
  get hasCounters(): boolean {
    return this.counters.length > 0;
  }

  /** [counter]: the newest reading before `row`. */
  countersBefore(row: number): (CounterReading | null)[] {
    return this.counters.map((channel) => this.readBefore(row, channel));
  }

  /** Goes on from the counters as they were before `row`; what is still read of rows before it does not change them. */
  resumeCounters(readings: readonly (CounterReading | null)[], row: number): void {
    this.left = this.counters.map((_, i) => readings[i] ?? null);
    this.countersFrom = row;
  }

  private rate(row: number, channel: number): number {
    const index = this.slot(row) * this.aggregates.length + channel;
    const value = this.cells[index];
    const before = Number.isNaN(value) ? null : this.readBefore(row, channel);
    if (before === null) return Number.NaN;
    return counterRate(before, { timeMs: this.notes[index], value }, this.channels[channel].wrapsAt, this.gapMsMax);
  }

  private readBefore(row: number, channel: number): CounterReading | null {
    for (let r = Math.min(row - 1, this.top); r > this.top - this.capacity; r--) {
      const index = this.slot(r) * this.aggregates.length + channel;
      if (!Number.isNaN(this.cells[index])) return { timeMs: this.notes[index], value: this.cells[index] };
    }
    return this.left[this.counters.indexOf(channel)] ?? null;
  }

  /** What the counters of a row said is kept when the row is not. */
  private leave(row: number): void {
    const from = this.slot(row) * this.aggregates.length;
    this.counters.forEach((channel, i) => {
      const timeMs = this.notes[from + channel];
      const value = this.cells[from + channel];
      if (Number.isNaN(value) || timeMs <= (this.left[i]?.timeMs ?? Number.NEGATIVE_INFINITY)) return;
      this.left[i] = { timeMs, value };
    });
  }

  private addCell(slot: number, index: number, channel: number, x: number, timeMs: number): void {
    const value = this.cells[index];
    const first = Number.isNaN(value);
    if (first) this.counts[slot]++;
    switch (this.aggregates[channel]) {
      case 'last':
      case 'rate':
        if (first || timeMs >= this.notes[index]) {
          this.cells[index] = x;
          this.notes[index] = timeMs;
        }
        return;
      case 'mean':
        this.cells[index] = first ? x : value + x;
        this.notes[index] = first ? 1 : this.notes[index] + 1;
        return;
      case 'sum':
        this.cells[index] = first ? x : value + x;
        return;
      case 'min':
        if (first || x < value) this.cells[index] = x;
        return;
      case 'max':
        if (first || x > value) this.cells[index] = x;
    }
  }

  /** Goes on to `row`; what was `capacity` rows before it is not kept any more. */
  private reach(row: number): void {
    if (row <= this.top) return;
    if (this.counters.length > 0) {
      const lastLeft = Math.min(row - this.capacity, this.top);
      for (let r = this.top - this.capacity + 1; r <= lastLeft; r++) this.leave(r);
    }
    if (row >= this.base + this.offsets.length) this.turnPage(row - this.capacity + 1);
    this.top = row;
  }

  /** The rows from `base` on go to the beginning of a page; of a new one, where windows look at this one. */
  private turnPage(base: number): void {
    const width = this.aggregates.length;
    const from = base - this.base;
    const kept = Math.max(0, this.top - base + 1);
    const cells = this.seenThrough >= this.base ? new Float64Array(this.cells.length) : this.cells;
    cells.set(this.cells.subarray(from * width, (from + kept) * width));
    cells.fill(Number.NaN, kept * width);
    this.cells = cells;
    this.seenThrough = Number.NEGATIVE_INFINITY;
    this.notes.copyWithin(0, from * width, (from + kept) * width);
    this.counts.copyWithin(0, from, from + kept).fill(0, kept);
    this.offsets.copyWithin(0, from, from + kept).fill(NONE, kept);
    this.times.copyWithin(0, from, from + kept).fill(Number.NEGATIVE_INFINITY, kept);
    this.base = base;
  }

  /** A row is about to change: windows that look at it keep the page as it is. */
  private own(row: number): void {
    if (row <= this.seenThrough) this.copyPage();
  }

  private copyPage(): void {
    this.cells = this.cells.slice();
    this.seenThrough = Number.NEGATIVE_INFINITY;
  }

  private clearSlot(slot: number): void {
    const width = this.aggregates.length;
    this.cells.fill(Number.NaN, slot * width, (slot + 1) * width);
    this.counts[slot] = 0;
    this.offsets[slot] = NONE;
    this.times[slot] = Number.NEGATIVE_INFINITY;
  }

  private slot(row: number): number {
    return row - this.base;
  }
}

const isDerived = (aggregate: Aggregate): boolean =>
  aggregate === 'mean' || aggregate === 'sum' || aggregate === 'rate';

/** Sums of huge values overflow; NaN stays NaN. */
const finite = (x: number): number => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, x));
