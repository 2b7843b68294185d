/** One row of a time series database. Sinks write it with millisecond precision and its full field set: rewriting is idempotent. */
export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Finite numbers and short strings. `integer` names the fields that are written as integers. */
  readonly fields: Readonly<Record<string, number | string | boolean>>;
  readonly integerFields?: readonly string[];
  readonly timeMs: number;
}
