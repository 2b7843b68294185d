import type { Window } from '../core/window.ts';

interface Skipped {
  readonly newRows: number;
  /** Indices into the window that was left out. */
  readonly patchedRows: readonly number[];
}

/**
 * What windows that were left out owe to the next window of their series, at most one window each: no row goes without a result for
 * being in the wrong one.
 */
export class SkippedRows {
  readonly #bySeries = new Map<string, Skipped>();

  /** Leaves the window out; false where the one before it was: its turn has come. */
  add({ series, newRows, patchedRows = [] }: Window): boolean {
    if (this.#bySeries.has(series)) return false;
    this.#bySeries.set(series, { newRows, patchedRows });
    return true;
  }

  /** The series has ended: nobody will ask. */
  forget(series: string): void {
    this.#bySeries.delete(series);
  }

  /** The window with what the one before it left to it. */
  takeInto(window: Window): Window {
    const before = this.#bySeries.get(window.series);
    if (before === undefined) return window;
    this.#bySeries.delete(window.series);
    const newRows = Math.min(window.length, window.newRows + before.newRows);
    // the rows have moved towards the oldest by those that are new since; new ones are told anyway
    const moved = before.patchedRows.map((row) => row - window.newRows);
    const patched = new Set([...moved, ...(window.patchedRows ?? [])]);
    const patchedRows = [...patched].filter((row) => row >= 0 && row < window.length - newRows).sort((a, b) => a - b);
    const { patchedRows: _, ...rest } = window;
    return { ...rest, newRows, ...(patchedRows.length === 0 ? {} : { patchedRows }) };
  }
}
