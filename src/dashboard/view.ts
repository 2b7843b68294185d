import type { AlertKind, AlertState } from '../core/alert.ts';
import type { ChannelKind } from '../core/channel.ts';
import type { OfReferences } from '../core/reference-names.ts';
import type { Learnt } from '../core/verdict.ts';

/** A finite number, or null where there is none: JSON has no NaN. */
export type Cell = number | null;

/**
 * What a series is doing now. `warming`: its first window is not full; `sparse`: too few cells of the window are observed,
 * nothing is inferred; `learning`: scored, but too few scores are remembered to raise an alarm; `alarm`: the newest row asks
 * for one; `pending`, `firing`, `silent`: what the open alert says.
 */
export type SeriesState = 'warming' | 'sparse' | 'learning' | 'ordinary' | 'alarm' | 'pending' | 'firing' | 'silent';

/** `channel` is an index into the feed's channels; numbers in the channel's unit; `share` in [0, 1]. */
export interface ContributionView {
  readonly channel: number;
  readonly share: Cell;
  readonly observed: Cell;
  readonly expected: Cell;
  readonly halfWidth90: Cell;
}

export interface SeriesSummary {
  readonly name: string;
  readonly state: SeriesState;
  /** Event time of the newest row. */
  readonly timeMs: Cell;
  readonly score: Cell;
  readonly pValue: Cell;
  /** Share of the newest window's cells that were observed. */
  readonly observedFraction: Cell;
  /** Rows since the first observed one, at most `rowsNeeded`. */
  readonly rowsSeen: number;
  readonly rowsNeeded: number;
  /** Scores remembered, of those that the alarm rate asked for needs; null where it is not known. */
  readonly learnt: Learnt | null;
  /** The same of the references; null where they are switched off, or nothing is scored yet. */
  readonly referencesLearnt: OfReferences<Learnt> | null;
  readonly modelVersion: string | null;
  readonly topChannels: readonly ContributionView[];
}

export interface AlertView {
  readonly id: string;
  readonly series: string;
  readonly kind: AlertKind;
  readonly state: AlertState;
  readonly startMs: number;
  readonly timeMs: number;
  readonly peakScore: Cell;
  readonly minPValue: Cell;
  /** Of an anomaly: its worst row so far, and which channel moved first. */
  readonly peakMs: number;
  readonly first: { readonly channel: number; readonly sinceMs: number } | null;
  readonly channels: readonly ContributionView[];
  readonly summary: string;
  /** Of an anomaly: what the references said of its rows so far; null where that is not known. */
  readonly references: OfReferences<ReferenceView> | null;
}

export interface ReferenceView {
  readonly minPValue: Cell;
  /** Whether it would have been in alarm, too. */
  readonly alarm: boolean;
  /** Whether it could not have been: it has not learnt enough. */
  readonly learning: boolean;
}

/** Rows as columns, all aligned with `timesMs` (ascending). `low`..`high` are the outermost quantiles of the imputation. */
export interface RowBlock {
  readonly timesMs: readonly number[];
  readonly score: readonly Cell[];
  readonly pValue: readonly Cell[];
  readonly alarm: readonly (0 | 1)[];
  readonly learning: readonly (0 | 1)[];
  /** The p-values of the references. */
  readonly references: OfReferences<readonly Cell[]>;
  /** [channel] of [row]. */
  readonly channels: readonly ChannelBlock[];
}

export interface ChannelBlock {
  readonly observed: readonly Cell[];
  readonly median: readonly Cell[];
  readonly low: readonly Cell[];
  readonly high: readonly Cell[];
  readonly expected: readonly Cell[];
  readonly halfWidth90: readonly Cell[];
}

export interface ForecastView {
  /** Time stamp of the first forecast row. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly levels: readonly number[];
  /** [channel][quantile][horizon]. */
  readonly quantiles: readonly (readonly (readonly Cell[])[])[];
}

export interface SeriesSnapshot {
  readonly name: string;
  readonly version: number;
  readonly summary: SeriesSummary;
  readonly rows: RowBlock;
  readonly forecast: ForecastView | null;
}

export interface ChannelView {
  readonly name: string;
  readonly unit: string;
  readonly kind: ChannelKind;
}

export interface FeedSnapshot {
  readonly version: number;
  readonly pipeline: string;
  readonly modelVersion: string | null;
  readonly stepMs: number;
  readonly windowSteps: number;
  readonly alarmPValue: number | null;
  readonly rowsMax: number;
  readonly alertsMax: number;
  readonly channels: readonly ChannelView[];
  readonly eventTimeMs: Cell;
  readonly series: readonly SeriesSummary[];
  /** Series that are running but not shown, because there are more than `seriesShownMax`. */
  readonly seriesHidden: number;
  /** Newest first. */
  readonly alerts: readonly AlertView[];
}

/** What happened after a version. Applying it to a snapshot of that version gives the snapshot of `version`. */
export interface FeedChanges {
  readonly version: number;
  readonly modelVersion: string | null;
  readonly alarmPValue: number | null;
  readonly eventTimeMs: Cell;
  readonly seriesHidden: number;
  /** Summaries that changed. */
  readonly series: readonly SeriesSummary[];
  /** All shown names, where the set of them changed. */
  readonly names: readonly string[] | null;
  /** Alerts that changed, newest first. */
  readonly alerts: readonly AlertView[];
  /** Of the followed series: rows that changed, forecast if it did. */
  readonly detail: { readonly name: string; readonly rows: RowBlock; readonly forecast: ForecastView | null } | null;
}

/** Nine significant digits are more than a screen shows, and half the bytes of a float's shortest text. */
export const toCell = (value: number): Cell => (Number.isFinite(value) ? Number(value.toPrecision(9)) : null);
