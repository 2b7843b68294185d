import { byReference, type OfReferences, referenceNames } from '../core/reference-names.ts';
import type { ReferenceVerdict, RowVerdict } from '../core/verdict.ts';
import { type ChannelBlock, type RowBlock, toCell } from './view.ts';

/** Quantiles of one imputed cell: the outermost ones and the one nearest the median. */
export interface ImputedCell {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** The newest rows of one series, addressed by time, in memory that is taken once. Every row knows when it last changed. */
export interface RowRing {
  readonly newestMs: number | null;
  /** The slot of a row, made empty first if the row is new; null when it is older than what is kept. */
  open(timeMs: number): number | null;
  has(timeMs: number): boolean;
  /** Writes what was observed; NaN cells leave what is there (a replayed window may know less than was shown before). */
  observe(slot: number, values: Float64Array, offset: number, version: number): void;
  impute(slot: number, channel: number, cell: ImputedCell, version: number): void;
  expect(slot: number, channel: number, expected: number, halfWidth90: number, version: number): void;
  judge(slot: number, row: RowVerdict, version: number): void;
  /** Rows changed after `version`, ascending in time. -1: all. */
  since(version: number): RowBlock;
}

const cellColumns = ['observed', 'median', 'low', 'high', 'expected', 'halfWidth90'] as const;
const imputedColumns = ['median', 'low', 'high'] as const;
type CellColumn = (typeof cellColumns)[number];
/** Bytes of one cell in all columns together. */
export const cellBytes = cellColumns.length * Float64Array.BYTES_PER_ELEMENT;

const ALARM = 1;
const LEARNING = 2;

export const createRowRing = (capacity: number, channels: number, stepMs: number): RowRing =>
  new TypedRowRing(capacity, channels, stepMs);

class TypedRowRing implements RowRing {
  newestMs: number | null = null;
  private readonly cells: Readonly<Record<CellColumn, Float64Array>>;
  private readonly times: Float64Array;
  private readonly score: Float64Array;
  private readonly pValue: Float64Array;
  private readonly references: OfReferences<Float64Array>;
  private readonly flags: Uint8Array;
  private readonly versions: Float64Array;

  constructor(
    private readonly capacity: number,
    private readonly channels: number,
    private readonly stepMs: number,
  ) {
    const empty = (length: number) => new Float64Array(length).fill(Number.NaN);
    const columns = cellColumns.map((name) => [name, empty(capacity * channels)]);
    this.cells = Object.fromEntries(columns) as Record<CellColumn, Float64Array>;
    this.times = empty(capacity);
    this.score = empty(capacity);
    this.pValue = empty(capacity);
    this.references = byReference(() => empty(capacity));
    this.flags = new Uint8Array(capacity);
    this.versions = new Float64Array(capacity).fill(-1);
  }

  open(timeMs: number): number | null {
    const spanMs = this.capacity * this.stepMs;
    // Event time that falls back by more than is shown (a replay from the start) begins a new picture.
    if (this.newestMs !== null && timeMs <= this.newestMs - 2 * spanMs) {
      this.times.fill(Number.NaN);
      this.newestMs = null;
    }
    if (this.newestMs !== null && timeMs <= this.newestMs - spanMs) return null;
    const slot = this.slotOf(timeMs);
    if (this.times[slot] !== timeMs) {
      this.wipe(slot);
      this.times[slot] = timeMs;
    }
    this.newestMs = this.newestMs === null ? timeMs : Math.max(this.newestMs, timeMs);
    return slot;
  }

  has(timeMs: number): boolean {
    return this.times[this.slotOf(timeMs)] === timeMs;
  }

  observe(slot: number, values: Float64Array, offset: number, version: number): void {
    for (let c = 0; c < this.channels; c++) {
      const value = values[offset + c];
      if (Number.isNaN(value)) continue;
      const at = slot * this.channels + c;
      this.put(this.cells.observed, at, value, slot, version);
      for (const name of imputedColumns) this.put(this.cells[name], at, Number.NaN, slot, version);
    }
  }

  impute(slot: number, channel: number, cell: ImputedCell, version: number): void {
    const at = slot * this.channels + channel;
    if (!Number.isNaN(this.cells.observed[at])) return;
    for (const name of imputedColumns) this.put(this.cells[name], at, cell[name], slot, version);
  }

  expect(slot: number, channel: number, expected: number, halfWidth90: number, version: number): void {
    const at = slot * this.channels + channel;
    this.put(this.cells.expected, at, expected, slot, version);
    this.put(this.cells.halfWidth90, at, halfWidth90, slot, version);
  }

  judge(slot: number, row: RowVerdict, version: number): void {
    this.put(this.score, slot, row.score, slot, version);
    this.put(this.pValue, slot, foundPValue(row), slot, version);
    for (const name of referenceNames)
      this.put(this.references[name], slot, foundPValue(row.references?.[name]), slot, version);
    const flag = (row.alarm ? ALARM : 0) | (row.learning ? LEARNING : 0);
    if (this.flags[slot] !== flag) this.versions[slot] = version;
    this.flags[slot] = flag;
  }

  since(version: number): RowBlock {
    const slots = this.slotsSince(version);
    const bit = (mask: number) => slots.map((slot): 0 | 1 => ((this.flags[slot] & mask) === 0 ? 0 : 1));
    return {
      timesMs: slots.map((slot) => this.times[slot]),
      score: slots.map((slot) => toCell(this.score[slot])),
      pValue: slots.map((slot) => toCell(this.pValue[slot])),
      alarm: bit(ALARM),
      learning: bit(LEARNING),
      references: byReference((name) => slots.map((slot) => toCell(this.references[name][slot]))),
      channels: Array.from({ length: this.channels }, (_, channel) => this.channelBlock(slots, channel)),
    };
  }

  private channelBlock(slots: readonly number[], channel: number): ChannelBlock {
    const column = (name: CellColumn) => slots.map((slot) => toCell(this.cells[name][slot * this.channels + channel]));
    return {
      observed: column('observed'),
      median: column('median'),
      low: column('low'),
      high: column('high'),
      expected: column('expected'),
      halfWidth90: column('halfWidth90'),
    };
  }

  /** Slots of the rows kept, ascending in time, changed after `version`. */
  private slotsSince(version: number): number[] {
    const kept: number[] = [];
    if (this.newestMs === null) return kept;
    const oldestMs = this.newestMs - (this.capacity - 1) * this.stepMs;
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.times[slot] >= oldestMs && this.versions[slot] > version) kept.push(slot);
    }
    return kept.sort((a, b) => this.times[a] - this.times[b]);
  }

  private slotOf(timeMs: number): number {
    return ((Math.round(timeMs / this.stepMs) % this.capacity) + this.capacity) % this.capacity;
  }

  private put(column: Float64Array, index: number, value: number, slot: number, version: number): void {
    if (Object.is(column[index], value)) return;
    column[index] = value;
    this.versions[slot] = version;
  }

  private wipe(slot: number): void {
    for (const name of cellColumns) this.cells[name].fill(Number.NaN, slot * this.channels, (slot + 1) * this.channels);
    this.score[slot] = Number.NaN;
    this.pValue[slot] = Number.NaN;
    for (const name of referenceNames) this.references[name][slot] = Number.NaN;
    this.flags[slot] = 0;
    this.versions[slot] = -1;
  }
}

/** Where nothing could be scored the p-value is a convention, not a finding. */
const foundPValue = (row: ReferenceVerdict | undefined): number =>
  row === undefined || Number.isNaN(row.score) ? Number.NaN : row.pValue;
