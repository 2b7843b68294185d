import type { Aggregate, Channel } from '../core/channel.ts';
import type { Reading } from '../core/reading.ts';
import { type CounterReading, counterRate } from './counter-rate.ts';
import type { PlannedRow } from './plan-book.ts';
import { noOffset, RowPage } from './row-page.ts';

/**
 * A window that looks at a page keeps all of it as long as it is under way, a thread is sent all of it, and a late reading copies all of
 * it: of a page so many times as long (of a long lateness) it is copied instead.
 */
const pageTimesMax = 4;

/**
 * The newest `capacity` rows of one series on the grid, aggregated as readings come. Row numbers are absolute. The caller keeps rows within
 * the capacity (see `WindowPlan.rowsKept`).
 *
 * Their page has room for `spareRows` more, for windows that look at it; when it is full, the next one begins with the rows that are still
 * kept.
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
  /** A cell is the aggregate, for `mean` the sum; its note the event time for `last` and `rate`, the number of values for `mean`. */
  private readonly page: RowPage;
  /** Highest row that is there; slots behind it are empty. */
  private top: number;

  constructor(
    private readonly capacity: number,
    private readonly channels: readonly Channel[],
    firstRow: number,
    /** Between two readings of a counter that still make a rate. */
    private readonly gapMsMax = Number.POSITIVE_INFINITY,
    private readonly spareRows = capacity,
  ) {
    this.aggregates = channels.map((channel) => channel.aggregate);
    this.derived = channels.flatMap(({ aggregate }, i) => (isDerived(aggregate) ? [i] : []));
    this.counters = channels.flatMap(({ aggregate }, i) => (aggregate === 'rate' ? [i] : []));
    this.left = this.counters.map(() => null);
    this.page = new RowPage(capacity + spareRows, channels.length, firstRow - capacity + 1);
    this.top = firstRow;
  }

  add(row: number, reading: Reading): void {
    this.reach(row);
    this.page.own(row);
    const { offsets, times } = this.page;
    const slot = this.page.slot(row);
    const { channels, values, timeMs, position } = reading;
    if (offsets[slot] === noOffset || position.offset < offsets[slot]) offsets[slot] = position.offset;
    if (timeMs > times[slot]) times[slot] = timeMs;
    if (row > this.newestRow) this.newestRow = row;
    const base = slot * this.aggregates.length;
    const known = row < this.countersFrom;
    for (let i = 0; i < channels.length; i++) {
      if (known && this.aggregates[channels[i]] === 'rate') continue;
      this.addCell(slot, base + channels[i], channels[i], values[i], timeMs);
    }
  }

  /** Takes what was planned for a row. It fills cells and is not heard; of the same time, what was read counts. */
  addPlanned(row: number, planned: PlannedRow): void {
    this.reach(row);
    this.page.own(row);
    const { cells, notes, counts, offsets } = this.page;
    const slot = this.page.slot(row);
    if (row > this.newestRow) this.newestRow = row;
    for (const [channel, { timeMs, value, needs }] of planned) {
      if (offsets[slot] === noOffset || needs < offsets[slot]) offsets[slot] = needs;
      const index = slot * this.aggregates.length + channel;
      const first = Number.isNaN(cells[index]);
      if (!first && timeMs <= notes[index]) continue;
      if (first) counts[slot]++;
      cells[index] = value;
      notes[index] = timeMs;
    }
  }

  has(row: number): boolean {
    const isKept = row <= this.newestRow && row > this.top - this.capacity;
    return isKept && this.page.offsets[this.page.slot(row)] !== noOffset;
  }

  /** Whether something of a row was read, and not only planned. */
  isHeard(row: number): boolean {
    return this.has(row) && this.page.times[this.page.slot(row)] > Number.NEGATIVE_INFINITY;
  }

  /** Of a row that `has` readings. */
  offsetOf(row: number): number {
    return this.page.offsets[this.page.slot(row)];
  }

  /** Of a row that `isHeard`. */
  timeOf(row: number): number {
    return this.page.times[this.page.slot(row)];
  }

  /** The oldest offset among the readings in `firstRow` and later; Infinity if there are none. */
  oldestOffset(firstRow: number): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (let row = Math.max(firstRow, this.top - this.capacity + 1); row <= this.newestRow; row++) {
      const offset = this.page.offsets[this.page.slot(row)];
      if (offset !== noOffset && offset < oldest) oldest = offset;
    }
    return oldest;
  }

  /** The first row from `firstRow` on that has readings; Infinity if there is none. */
  nextRow(firstRow: number): number {
    for (let row = Math.max(firstRow, this.top - this.capacity + 1); row <= this.newestRow; row++) {
      if (this.page.offsets[this.page.slot(row)] !== noOffset) return row;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The value of a cell of a row that is kept; NaN where nothing was observed. */
  cell(row: number, channel: number): number {
    if (row > this.top) return Number.NaN;
    const index = this.page.slot(row) * this.aggregates.length + channel;
    const value = this.page.cells[index];
    const aggregate = this.aggregates[channel];
    if (aggregate === 'rate') return this.rate(row, channel);
    if (aggregate === 'mean') return finite(value / this.page.notes[index]);
    return aggregate === 'sum' ? finite(value) : value;
  }

  /** Writes the values of one row to `target`, [channel]; NaN where nothing was observed. */
  copyRow(row: number, target: Float64Array): void {
    const width = this.aggregates.length;
    if (row > this.top) {
      target.fill(Number.NaN);
      return;
    }
    const from = this.page.slot(row) * width;
    for (let channel = 0; channel < width; channel++) target[channel] = this.page.cells[from + channel];
    for (const channel of this.derived) target[channel] = this.cell(row, channel);
  }

  /** Writes rows `firstRow` .. `firstRow` + length - 1 to `target`, [row, channel]; returns how many cells are observed. */
  copy(firstRow: number, length: number, target: Float64Array): number {
    const width = this.aggregates.length;
    const there = Math.max(0, Math.min(length, this.top - firstRow + 1));
    target.fill(Number.NaN, there * width);
    if (there === 0) return 0;
    const from = this.page.slot(firstRow) * width;
    target.set(this.page.cells.subarray(from, from + there * width));
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
    if (this.derived.length > 0 || this.capacity + this.spareRows > pageTimesMax * length) {
      const values = new Float64Array(length * width);
      return { values, observed: this.copy(firstRow, length, values) };
    }
    this.reach(firstRow + length - 1);
    return this.page.look(firstRow, length);
  }

  /** Forgets all readings up to and including `row`, and what counters said then. */
  clearThrough(row: number): void {
    this.left.fill(null);
    const from = this.top - this.capacity + 1;
    this.page.own(from);
    for (let r = from; r <= Math.min(row, this.top); r++) this.page.clear(r);
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
    const index = this.page.slot(row) * this.aggregates.length + channel;
    const value = this.page.cells[index];
    const before = Number.isNaN(value) ? null : this.readBefore(row, channel);
    if (before === null) return Number.NaN;
    return counterRate(
      before,
      { timeMs: this.page.notes[index], value },
      this.channels[channel].wrapsAt,
      this.gapMsMax,
    );
  }

  private readBefore(row: number, channel: number): CounterReading | null {
    for (let r = Math.min(row - 1, this.top); r > this.top - this.capacity; r--) {
      const index = this.page.slot(r) * this.aggregates.length + channel;
      if (!Number.isNaN(this.page.cells[index]))
        return { timeMs: this.page.notes[index], value: this.page.cells[index] };
    }
    return this.left[this.counters.indexOf(channel)] ?? null;
  }

  /** What the counters of a row said is kept when the row is not. */
  private leave(row: number): void {
    const from = this.page.slot(row) * this.aggregates.length;
    this.counters.forEach((channel, i) => {
      const timeMs = this.page.notes[from + channel];
      const value = this.page.cells[from + channel];
      if (Number.isNaN(value) || timeMs <= (this.left[i]?.timeMs ?? Number.NEGATIVE_INFINITY)) return;
      this.left[i] = { timeMs, value };
    });
  }

  private addCell(slot: number, index: number, channel: number, x: number, timeMs: number): void {
    const { cells, notes, counts } = this.page;
    const value = cells[index];
    const first = Number.isNaN(value);
    if (first) counts[slot]++;
    switch (this.aggregates[channel]) {
      case 'last':
      case 'rate':
        if (first || timeMs >= notes[index]) {
          cells[index] = x;
          notes[index] = timeMs;
        }
        return;
      case 'mean':
        cells[index] = first ? x : value + x;
        notes[index] = first ? 1 : notes[index] + 1;
        return;
      case 'sum':
        cells[index] = first ? x : value + x;
        return;
      case 'min':
        if (first || x < value) cells[index] = x;
        return;
      case 'max':
        if (first || x > value) cells[index] = x;
    }
  }

  /** Goes on to `row`; what was `capacity` rows before it is not kept any more. */
  private reach(row: number): void {
    if (row <= this.top) return;
    if (this.counters.length > 0) {
      const lastLeft = Math.min(row - this.capacity, this.top);
      for (let r = this.top - this.capacity + 1; r <= lastLeft; r++) this.leave(r);
    }
    if (!this.page.hasRoomFor(row)) this.page.turn(row - this.capacity + 1, this.top);
    this.top = row;
  }
}

const isDerived = (aggregate: Aggregate): boolean =>
  aggregate === 'mean' || aggregate === 'sum' || aggregate === 'rate';

/** Sums of huge values overflow; NaN stays NaN. */
const finite = (x: number): number => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, x));
