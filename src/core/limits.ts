/** Bounds that hold whatever comes in. All from the config's `limits`. */
export interface Limits {
  readonly messageBytesMax: number;
  readonly nestingMax: number;
  readonly seriesMax: number;
  readonly seriesNameCharsMax: number;
  /** Readings further ahead of the wall clock than this are refused. */
  readonly futureMsMax: number;
  /** Readings further ahead of the source's own timestamp of their message are refused: the device's clock is fast. Absent: any may be. */
  readonly aheadOfArrivalMsMax?: number;
  /** Readings of a plan may be further ahead by this. Absent: no channel is known ahead. */
  readonly planAheadMs?: number;
  readonly deadLetterBytesMax: number;
  readonly inFlightWindowsMax: number;
}
