/** Channels that are judged together: a fault in few of many is not averaged away. */
export interface ScoreGroup {
  readonly name: string;
  /** Indices, ascending. */
  readonly channels: readonly number[];
}
