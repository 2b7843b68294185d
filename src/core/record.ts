import type { SeriesState } from './series-state.ts';

/** Where a message stood in its source: what has to be committed once everything that depends on it is delivered. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** Grows with every (re)assignment of the partition; acks of an older generation are void. */
  readonly generation: number;
  readonly offset: number;
}

/** One message as it came, before anyone looked inside. */
export interface SourceRecord {
  readonly key: string | null;
  /** null: a tombstone, or an empty line. */
  readonly value: Uint8Array | null;
  /** The source's own timestamp of the message, where it has one. */
  readonly timestampMs: number | null;
  readonly position: Position;
  /**
   * Whether the message was there before its partition was taken over: what came of it may have been delivered already, and is
   * rewritten by nothing worse. Absent: it was not.
   */
  readonly mayBeKnown?: boolean;
  /** Headers of the message; absent where the source has none. */
  readonly headers?: RecordHeaders;
  /** Why there is no value: the source found the message damaged. Absent: it is not. */
  readonly unreadable?: string;
}

/** Values by name; of a name that is there more than once, the last one. */
export type RecordHeaders = ReadonlyMap<string, string>;

/** What flows out of a source. */
export type SourceEvent =
  | { readonly kind: 'record'; readonly record: SourceRecord }
  /** The partition starts (again) from its last commit: whatever was built from it before is void. */
  | {
      readonly kind: 'reset';
      readonly topic: string;
      readonly partition: number;
      readonly generation: number;
      /** From a source that keeps states: those that were committed with the offset it starts from, by series. */
      readonly states?: ReadonlyMap<string, SeriesState>;
    }
  /** The partition is gone to another consumer, or has ended. `ended`: flush what is open. */
  | {
      readonly kind: 'closed';
      readonly topic: string;
      readonly partition: number;
      readonly generation: number;
      readonly ended: boolean;
    };

/** "Everything below nextOffset is delivered." */
export interface CommitMark {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  readonly nextOffset: number;
  /** For a source that keeps states: what its series have come to since the last commit, by series. null: forget it. */
  readonly states?: ReadonlyMap<string, SeriesState | null>;
}

export const partitionKey = (at: { readonly topic: string; readonly partition: number }): string =>
  `${at.topic}/${at.partition}`;
