import type { DriftMark } from './drift/drift-watch.ts';
import type { NormalizerState } from './normalizer.ts';

/** What replay cannot rebuild of a series, as of a delivered event. Plain and JSON-able. */
export interface SeriesSnapshot {
  /** Stamp of the newest row this state has seen: rows up to it do not count again, windows up to it are not emitted again. */
  readonly endMs: number;
  /** Newest event time in rows up to that one. */
  readonly lastMs: number;
  /** null: the series fell silent with that row; it begins afresh, from the prior, with the rows after it. */
  readonly normalizer: NormalizerState | null;
  /** What is known of drift (`encodeDrift`); it outlives a silence. Absent where it is not watched. */
  readonly drift?: string;
}

/** A snapshot that is not written down yet. */
export type SnapshotMark = Omit<SeriesSnapshot, 'drift'> & { readonly drift: DriftMark | null };
