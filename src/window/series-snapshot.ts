import type { CounterReading } from './counter-rate.ts';
import { type DriftMark, encodeDrift } from './drift/drift-watch.ts';
import { exportNormalizer, type NormalizerState, normalizerOf } from './normalizer.ts';

/** What replay cannot rebuild of a series, as of a delivered event. Plain and JSON-able. */
export interface SeriesSnapshot {
  /** Stamp of the newest row this state has seen: rows up to it do not count again, windows up to it are not emitted again. */
  readonly endMs: number;
  /** Newest event time in rows up to that one. */
  readonly lastMs: number;
  /** null, in files of versions before: the series fell silent, and begins afresh from the prior. */
  readonly normalizer: NormalizerState | null;
  /** The series fell silent with that row: rows after it are a new life. */
  readonly silent?: true;
  /** Stamp of the first row that may be of this life. Absent: any. */
  readonly bornMs?: number;
  /** Newest offset of the series then: what came later for rows that are written changes them. Absent: not known. */
  readonly offset?: number;
  /** [counter]: the newest reading in rows that no window to come holds. Absent: none. */
  readonly counters?: readonly (CounterReading | null)[];
  /** What is known of drift (`encodeDrift`). Absent where it is not watched. */
  readonly drift?: string;
}

/** A snapshot that is not written down yet: most never are. */
export type SnapshotMark = Omit<SeriesSnapshot, 'drift' | 'normalizer'> & {
  /** `Normalizer.all` then. */
  readonly normalizer: Float64Array;
  readonly drift: DriftMark | null;
};

export function writeDown({ drift, normalizer, ...rest }: SnapshotMark): SeriesSnapshot {
  const written = { ...rest, normalizer: exportNormalizer(normalizerOf(normalizer)) };
  return drift === null ? written : { ...written, drift: encodeDrift(drift) };
}

/** Whether the state is that of a life that is over. */
export const isSilence = ({ silent, normalizer }: SeriesSnapshot): boolean => silent === true || normalizer === null;
