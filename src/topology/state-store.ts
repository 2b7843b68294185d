import type { SeriesState } from '../core/series-state.ts';

/** Where snapshots survive the process. */
export interface StateStore {
  /** The newest state of every series, the one that was written longest ago first. Errors: STATE_INVALID. */
  read(): AsyncIterable<readonly [series: string, state: SeriesState]>;
  /** What was written of the series last; null: nothing, or that it is forgotten. Errors: STATE_INVALID. */
  stateOf(series: string): SeriesState | null;
  /**
   * Adds what has changed; null: the series is forgotten. All of it or nothing is there after a crash; resolves when it would
   * survive a power cut. Errors: STATE_INVALID.
   */
  write(changed: ReadonlyMap<string, SeriesState | null>): Promise<void>;
}
