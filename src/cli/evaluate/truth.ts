/** What is known of one series when a run is judged. Row i is stamped startMs + i stepMs. */
export interface SeriesTruth {
  readonly series: string;
  readonly startMs: number;
  readonly rows: number;
  /** [row, channel]: true values; NaN where nobody knows. */
  readonly truth: Float64Array;
  /** [row, channel]: 1 where the value is known here and was kept from the pipeline. */
  readonly hidden: Uint8Array;
  /** [row], 1 where labelled anomalous; null without labels. */
  readonly labels: Uint8Array | null;
}

/** What pipeline and references may see: truth without the hidden cells, [row, channel]. */
export const shownValues = ({ truth, hidden }: SeriesTruth): Float64Array =>
  truth.map((value, i) => (hidden[i] === 1 ? Number.NaN : value));
