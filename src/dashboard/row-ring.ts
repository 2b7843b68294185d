import type { RowVerdict } from '../core/verdict.ts';
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
type CellColumn = (typeof cellColumns)[number];
/** Bytes of one cell in all columns together. */
export const cellBytes = cellColumns.length * Float64Array.BYTES_PER_ELEMENT;

const ALARM = 1;
const LEARNING = 2;

export function createRowRing(capacity: number, channels: number, stepMs: number): RowRing {
  const cells = Object.fromEntries(
    cellColumns.map((name) => [name, new Float64Array(capacity * channels).fill(Number.NaN)]),
  ) as Record<CellColumn, Float64Array>;
  const times = new Float64Array(capacity).fill(Number.NaN);
  const score = new Float64Array(capacity).fill(Number.NaN);
  const pValue = new Float64Array(capacity).fill(Number.NaN);
  const flags = new Uint8Array(capacity);
  const versions = new Float64Array(capacity).fill(-1);
  let newestMs: number | null = null;

  const slotOf = (timeMs: number) => ((Math.round(timeMs / stepMs) % capacity) + capacity) % capacity;

  function put(column: Float64Array, index: number, value: number, slot: number, version: number): void {
    if (Object.is(column[index], value)) return;
    column[index] = value;
    versions[slot] = version;
  }

  function wipe(slot: number): void {
    for (const name of cellColumns) cells[name].fill(Number.NaN, slot * channels, (slot + 1) * channels);
    score[slot] = Number.NaN;
    pValue[slot] = Number.NaN;
    flags[slot] = 0;
    versions[slot] = -1;
  }

  function open(timeMs: number): number | null {
    const span = capacity * stepMs;
    // Event time that falls back by more than is shown (a replay from the start) begins a new picture.
    if (newestMs !== null && timeMs <= newestMs - 2 * span) {
      times.fill(Number.NaN);
      newestMs = null;
    }
    if (newestMs !== null && timeMs <= newestMs - span) return null;
    const slot = slotOf(timeMs);
    if (times[slot] !== timeMs) {
      wipe(slot);
      times[slot] = timeMs;
    }
    newestMs = newestMs === null ? timeMs : Math.max(newestMs, timeMs);
    return slot;
  }

  /** Slots of the rows kept, ascending in time, changed after `version`. */
  function slotsSince(version: number): number[] {
    const kept: number[] = [];
    if (newestMs === null) return kept;
    const oldestMs = newestMs - (capacity - 1) * stepMs;
    for (let slot = 0; slot < capacity; slot++) {
      if (times[slot] >= oldestMs && versions[slot] > version) kept.push(slot);
    }
    return kept.sort((a, b) => times[a] - times[b]);
  }

  return {
    get newestMs() {
      return newestMs;
    },
    open,
    has: (timeMs) => times[slotOf(timeMs)] === timeMs,
    observe(slot, values, offset, version) {
      for (let c = 0; c < channels; c++) {
        const value = values[offset + c];
        if (Number.isNaN(value)) continue;
        const at = slot * channels + c;
        put(cells.observed, at, value, slot, version);
        for (const name of ['median', 'low', 'high'] as const) put(cells[name], at, Number.NaN, slot, version);
      }
    },
    impute(slot, channel, cell, version) {
      const at = slot * channels + channel;
      if (!Number.isNaN(cells.observed[at])) return;
      for (const name of ['median', 'low', 'high'] as const) put(cells[name], at, cell[name], slot, version);
    },
    expect(slot, channel, expected, halfWidth90, version) {
      const at = slot * channels + channel;
      put(cells.expected, at, expected, slot, version);
      put(cells.halfWidth90, at, halfWidth90, slot, version);
    },
    judge(slot, row, version) {
      put(score, slot, row.score, slot, version);
      // Where nothing could be scored the p-value is a convention, not a finding.
      put(pValue, slot, Number.isNaN(row.score) ? Number.NaN : row.pValue, slot, version);
      const flag = (row.alarm ? ALARM : 0) | (row.learning ? LEARNING : 0);
      if (flags[slot] !== flag) versions[slot] = version;
      flags[slot] = flag;
    },
    since(version) {
      const slots = slotsSince(version);
      const bit = (mask: number) => slots.map((slot): 0 | 1 => ((flags[slot] & mask) === 0 ? 0 : 1));
      const block = (channel: number) =>
        Object.fromEntries(
          cellColumns.map((name) => [name, slots.map((slot) => toCell(cells[name][slot * channels + channel]))]),
        ) as unknown as ChannelBlock;
      return {
        timesMs: slots.map((slot) => times[slot]),
        score: slots.map((slot) => toCell(score[slot])),
        pValue: slots.map((slot) => toCell(pValue[slot])),
        alarm: bit(ALARM),
        learning: bit(LEARNING),
        channels: Array.from({ length: channels }, (_, channel) => block(channel)),
      };
    },
  };
}
