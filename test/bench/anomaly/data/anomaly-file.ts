/** A labelled recording of the benchmark: what a detector may learn from, and what it is judged on. */
export interface AnomalyFile {
  readonly set: string;
  readonly name: string;
  readonly channels: readonly { readonly name: string; readonly kind: 'gauge' | 'command' }[];
  readonly stepMs: number;
  /** Rows on the grid. */
  readonly rows: number;
  /** [row, channel]; NaN where missing. */
  readonly values: Float64Array;
  /** [row], 0 or 1. */
  readonly labels: Uint8Array;
  /** Rows of the grid that the recording has, ascending: those that are judged. */
  readonly judged: Int32Array;
  /** Rows 0 .. trainRows - 1 are learned from, without their labels. */
  readonly trainRows: number;
  /** Name of the file in TSB-AD, where it is one of theirs with the same labels. */
  readonly published: string | null;
  /** Whether settings of the detectors may be chosen on this file. */
  readonly choosing: boolean;
  /** Truly affected channels of labelled events, where they are known. */
  readonly affected: readonly { readonly start: number; readonly end: number; readonly channels: readonly number[] }[];
}

/** A recording that is not loaded yet. */
export interface AnomalyFileEntry {
  readonly set: string;
  readonly name: string;
  load(): AnomalyFile;
}

/**
 * Rows to learn from by the rule of TSB-AD, which all of its files that are known here follow: a quarter of the rows, but 100 less
 * than before the first anomaly, and at least 500.
 */
export function trainRowsOf(labels: Uint8Array): number {
  const first = labels.indexOf(1);
  return Math.max(500, Math.min(Math.floor(labels.length / 4), (first < 0 ? labels.length : first) - 100));
}

/** [row]: every row, for recordings without gaps. */
export const allRows = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);
