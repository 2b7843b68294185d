/** Bounds that hold whatever comes in. All from the config's `limits`. */
export interface Limits {
  readonly messageBytesMax: number;
  readonly nestingMax: number;
  readonly seriesMax: number;
  readonly seriesNameCharsMax: number;
  /** Readings further ahead of the wall clock than this are refused. */
  readonly futureMsMax: number;
  readonly deadLetterBytesMax: number;
  readonly inFlightWindowsMax: number;
}
