/** Rows as text, whatever they came from: what `init` looks at. Every row has as many cells as there are names. */
export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Rows that were left out because they had another number of cells. */
  readonly raggedRows: number;
  /** [row], what keeps its own order of arrival (the partition of a topic); none: all rows arrive in this one order. */
  readonly lanes?: readonly number[];
  /** Whether the feed goes on behind these rows. */
  readonly truncated: boolean;
}

export interface ChannelFacts {
  readonly name: string;
  readonly kind: 'gauge' | 'flag';
  /** It only ever grows, restarts aside: what is of interest is its rate. */
  readonly counter: boolean;
  /** Share of grid cells without a value, in [0, 1]. */
  readonly missingFraction: number;
  /** Grid cells in a row without a value, the most of any series. */
  readonly gapSteps: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** What a person should know of it: 'constant', 'only ever grows ...'. */
  readonly notes: readonly string[];
}

/** What was found out about a feed. */
export interface FeedFacts {
  readonly rows: number;
  readonly raggedRows: number;
  /** Rows whose time could not be read. */
  readonly timelessRows: number;
  /** Rows of a series in a grid cell that has one already. */
  readonly doubledRows: number;
  readonly truncated: boolean;
  readonly timeColumn: string;
  readonly seriesColumn: string | null;
  readonly seriesCount: number;
  /** Grid cells with a row, of the series in the middle. */
  readonly rowsPerSeries: number;
  readonly labelColumns: readonly string[];
  readonly ignored: readonly { readonly name: string; readonly why: string }[];
  readonly channels: readonly ChannelFacts[];
  readonly stepMs: number;
  /** Whether the time stamps keep to no grid. */
  readonly irregular: boolean;
  /** How far a row's time lies behind the newest one that came before it, at most. */
  readonly disorderMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** A cycle seen in the first gauge, rows; null: none. */
  readonly periodSteps: number | null;
}
