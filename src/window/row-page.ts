/** Offset of a row without readings. */
export const noOffset = -1;

/**
 * Where the rows of one series lie, one behind the other in a slot each. Windows look at it instead of copying: cells that a window looks
 * at never change, because before they would, the page goes on with a copy of them.
 */
export class RowPage {
  /** [slot, channel]: NaN where nothing was observed. To be written to after `own` alone. */
  cells: Float64Array;
  /** [slot, channel]: what else is to be known of a cell; stale where that is NaN. */
  readonly notes: Float64Array;
  /** [slot]: how many cells are not NaN. */
  readonly counts: Uint16Array;
  /** [slot]: oldest offset among the readings of the row, or `noOffset`. */
  readonly offsets: Float64Array;
  /** [slot]: newest event time of the row; -Infinity: nothing was read. */
  readonly times: Float64Array;
  readonly #width: number;
  /** Row of the first slot. */
  #base: number;
  /** Windows look at rows up to this one; -Infinity: none does. */
  #seenThrough = Number.NEGATIVE_INFINITY;

  constructor(slots: number, width: number, base: number) {
    this.#width = width;
    this.#base = base;
    this.cells = new Float64Array(slots * width).fill(Number.NaN);
    this.notes = new Float64Array(slots * width);
    this.counts = new Uint16Array(slots);
    this.offsets = new Float64Array(slots).fill(noOffset);
    this.times = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);
  }

  slot(row: number): number {
    return row - this.#base;
  }

  hasRoomFor(row: number): boolean {
    return this.slot(row) < this.counts.length;
  }

  /** Goes on with the rows from `base` to `top` at the beginning, and empty slots behind them. */
  turn(base: number, top: number): void {
    const width = this.#width;
    const from = this.slot(base);
    const kept = Math.max(0, top - base + 1);
    const cells = this.#seenThrough >= this.#base ? new Float64Array(this.cells.length) : this.cells;
    cells.set(this.cells.subarray(from * width, (from + kept) * width));
    cells.fill(Number.NaN, kept * width);
    this.cells = cells;
    this.#seenThrough = Number.NEGATIVE_INFINITY;
    this.notes.copyWithin(0, from * width, (from + kept) * width);
    this.counts.copyWithin(0, from, from + kept).fill(0, kept);
    this.offsets.copyWithin(0, from, from + kept).fill(noOffset, kept);
    this.times.copyWithin(0, from, from + kept).fill(Number.NEGATIVE_INFINITY, kept);
    this.#base = base;
  }

  /** Cells of the row, or of a later one, are about to change. */
  own(row: number): void {
    if (row > this.#seenThrough) return;
    this.cells = this.cells.slice();
    this.#seenThrough = Number.NEGATIVE_INFINITY;
  }

  /** The cells of `length` rows as they are now, [row, channel], and how many of them are observed. */
  look(firstRow: number, length: number): { readonly values: Float64Array; readonly observed: number } {
    this.#seenThrough = Math.max(this.#seenThrough, firstRow + length - 1);
    const slot = this.slot(firstRow);
    let observed = 0;
    for (let i = slot; i < slot + length; i++) observed += this.counts[i];
    return { values: this.cells.subarray(slot * this.#width, (slot + length) * this.#width), observed };
  }

  /** Empties the slot of a row that is owned. */
  clear(row: number): void {
    const slot = this.slot(row);
    this.cells.fill(Number.NaN, slot * this.#width, (slot + 1) * this.#width);
    this.counts[slot] = 0;
    this.offsets[slot] = noOffset;
    this.times[slot] = Number.NEGATIVE_INFINITY;
  }
}
