import type { Reading } from '../core/reading.ts';

/** What is planned for one cell. */
export interface PlannedCell {
  readonly timeMs: number;
  readonly value: number;
  /** Oldest offset that a replay has to begin with to know it again. */
  readonly needs: number;
}

/** Of one row: what is planned, by channel. */
export type PlannedRow = ReadonlyMap<number, PlannedCell>;

/**
 * The plan of one series for rows that are not closed yet. It does not belong to a life of the series: it waits for the first
 * reading, and outlasts a silence. In a cell the newest time counts; of the same time, what was published last.
 */
export class PlanBook {
  private readonly rows = new Map<number, Map<number, PlannedCell>>();
  /** `needs` by cell, in the order of publication, in which they ascend: the first is the oldest. */
  private readonly needed = new Map<number, number>();

  constructor(readonly series: string) {}

  get size(): number {
    return this.rows.size;
  }

  has(row: number): boolean {
    return this.rows.has(row);
  }

  /** @param needs not less than that of what was added before */
  add(row: number, reading: Reading, needs: number): void {
    let cells = this.rows.get(row);
    if (cells === undefined) {
      cells = new Map();
      this.rows.set(row, cells);
    }
    for (const [channel, cell] of plannedCells(reading, needs)) {
      const before = cells.get(channel);
      if (before !== undefined && cell.timeMs < before.timeMs) continue;
      cells.set(channel, cell);
      this.needed.delete(keyOf(row, channel));
      this.needed.set(keyOf(row, channel), needs);
    }
  }

  /** Takes a row out. */
  take(row: number): PlannedRow | null {
    const cells = this.rows.get(row);
    if (cells === undefined) return null;
    this.rows.delete(row);
    for (const channel of cells.keys()) this.needed.delete(keyOf(row, channel));
    return cells;
  }

  /** The nearest row that something is planned for; Infinity if there is none. */
  firstRow(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const row of this.rows.keys()) if (row < first) first = row;
    return first;
  }

  /** The oldest offset that is needed to know the plan again; Infinity where there is none. */
  oldestOffset(): number {
    const first = this.needed.values().next();
    return first.done ? Number.POSITIVE_INFINITY : first.value;
  }

  /** `rows` rows from `firstRow` on, [row, channel of `channels`], NaN where nothing is planned. */
  copy(firstRow: number, rows: number, channels: readonly number[]): Float64Array {
    const out = new Float64Array(rows * channels.length).fill(Number.NaN);
    for (let i = 0; i < rows; i++) {
      const cells = this.rows.get(firstRow + i);
      if (cells === undefined) continue;
      channels.forEach((channel, k) => {
        out[i * channels.length + k] = cells.get(channel)?.value ?? Number.NaN;
      });
    }
    return out;
  }

  dropThrough(row: number): void {
    for (const own of this.rows.keys()) if (own <= row) this.take(own);
  }
}

const channelsMax = 1024;
const keyOf = (row: number, channel: number): number => row * channelsMax + channel;

export const plannedCells = ({ channels, values, timeMs }: Reading, needs: number): PlannedRow =>
  new Map(channels.map((channel, i) => [channel, { timeMs, value: values[i] as number, needs }]));
