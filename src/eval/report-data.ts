import type { MetricsJson } from './metrics-json.ts';

/**
 * Everything the HTML report shows. Figures come from `metrics` (the same object that goes to metrics.json, so that the two
 * cannot disagree); the rest is what is drawn. Nothing in here depends on the machine or the time of day of the run.
 */
export interface ReportData {
  readonly title: string;
  readonly metrics: MetricsJson;
  /** Further facts of the run shown at the top, in this order: 'Training rows', '12,000'. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** What a reader must know to judge the figures: protocol, caveats. One sentence each. */
  readonly notes: readonly string[];
  /** One a series; the first six are drawn. */
  readonly timelines: readonly TimelineData[];
  /** The first three of each are drawn. */
  readonly forecastExamples: readonly ExampleData[];
  readonly imputationExamples: readonly ExampleData[];
  /** Worst first; the first four of each are drawn. */
  readonly misses: readonly IncidentData[];
  readonly falseAlarms: readonly IncidentData[];
}

/** The anomaly score of one series over the whole run. Row i is stamped startMs + i stepMs. */
export interface TimelineData {
  readonly series: string;
  readonly startMs: number;
  readonly stepMs: number;
  /** [time], in (0, 1]; NaN where nothing was scored. */
  readonly pValue: Float64Array;
  /** [time], 1 where an alarm was open. */
  readonly alarms: Uint8Array;
  /** [time], 1 where labelled anomalous; null without labels. */
  readonly labels: Uint8Array | null;
  /** p-value that opens an alarm. */
  readonly openPValue: number;
}

/** One channel of one window: what the model was shown, what it said, what was true. */
export interface ExampleData {
  readonly series: string;
  readonly channel: string;
  readonly unit: string;
  readonly startMs: number;
  readonly stepMs: number;
  /** [time], NaN where missing or hidden from the model. */
  readonly observed: Float64Array;
  /** [time], the true values that were hidden or still to come; NaN elsewhere. */
  readonly truth: Float64Array;
  /** Ascending. */
  readonly levels: readonly number[];
  /** [time, level], NaN where nothing was predicted. */
  readonly quantiles: Float64Array;
}

/** A missed event or a false alarm, with some rows around it. Row i is stamped startMs + i stepMs. */
export interface IncidentData {
  readonly series: string;
  readonly startMs: number;
  readonly stepMs: number;
  /** First and last row of the event or of the alarm, within the excerpt. */
  readonly firstRow: number;
  readonly lastRow: number;
  /** Smallest p-value within these rows; NaN where nothing was scored. */
  readonly minPValue: number;
  /** Largest contribution first; the first three are drawn. */
  readonly channels: readonly IncidentChannel[];
}

export interface IncidentChannel {
  readonly name: string;
  readonly unit: string;
  /** Of the score, in [0, 1]. */
  readonly share: number;
  /** [time], NaN where missing. */
  readonly observed: Float64Array;
  /** [time], what the model expected; NaN where not scored. */
  readonly expected: Float64Array;
  /** [time], half width of the central 90 % around it. */
  readonly halfWidth90: Float64Array;
}
