import type { SeriesState } from '../core/series-state.ts';
import type { StateStore } from './state-store.ts';

/**
 * The states of what is delivered, one a series. What the store has is not held in memory as well: ten thousand states are half a
 * gigabyte. Without a store all of them are held.
 */
export class StateBook {
  readonly #store: StateStore | null;
  readonly #seriesMax: number;
  /** Least recently delivered first; null: the store has it. */
  readonly #states = new Map<string, SeriesState | null>();
  /** Series of which the store has an older state, or one of a series that is forgotten; least recently delivered first. */
  readonly #unsaved = new Set<string>();

  constructor(store: StateStore | null, seriesMax: number) {
    this.#store = store;
    this.#seriesMax = seriesMax;
  }

  get size(): number {
    return this.#states.size;
  }

  /** Series that `save` would write. */
  get unsaved(): number {
    return this.#unsaved.size;
  }

  /** null: none is known. Errors: STATE_INVALID. */
  get(series: string): SeriesState | null {
    const held = this.#states.get(series);
    if (held === undefined) return null;
    return held ?? this.#store?.stateOf(series) ?? null;
  }

  /** Returns the series that had to make room, the one delivered least recently; null: there was room. */
  keep(series: string, state: SeriesState): string | null {
    return this.#put(series, state);
  }

  forget(series: string): void {
    if (this.#states.delete(series)) this.#change(series);
  }

  /** Reads what the store has; each state is handed on and not held. Errors: STATE_INVALID. */
  async *restore(): AsyncGenerator<readonly [series: string, state: SeriesState]> {
    if (this.#store === null) return;
    for await (const [series, state] of this.#store.read()) {
      this.#put(series, null);
      yield [series, state];
    }
  }

  /** Writes what has changed; what changes meanwhile is for the next time. Errors: STATE_INVALID; then nothing counts as written. */
  async save(): Promise<void> {
    if (this.#store === null || this.#unsaved.size === 0) return;
    const changed = new Map([...this.#unsaved].map((series) => [series, this.#states.get(series) ?? null]));
    this.#unsaved.clear();
    try {
      await this.#store.write(changed);
    } catch (error) {
      const since = [...this.#unsaved];
      for (const series of [...changed.keys(), ...since]) this.#change(series);
      throw error;
    }
    for (const [series, state] of changed) {
      if (state !== null && this.#states.get(series) === state) this.#states.set(series, null);
    }
  }

  /** A Map keeps the order of insertion. */
  #put(series: string, state: SeriesState | null): string | null {
    this.#states.delete(series);
    this.#states.set(series, state);
    if (state !== null) this.#change(series);
    const oldest = this.#states.keys().next();
    if (this.#states.size <= this.#seriesMax || oldest.done) return null;
    this.forget(oldest.value);
    return oldest.value;
  }

  /** A Set keeps the order of insertion, too: the store goes on with the order of this book. */
  #change(series: string): void {
    if (this.#store === null) return;
    this.#unsaved.delete(series);
    this.#unsaved.add(series);
  }
}
