import type { DriftFinding } from './drift.ts';

/** What is needed of a partition until this is delivered. */
export interface Hold {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  /** The oldest offset needed to build the thing again. */
  readonly offset: number;
}

/**
 * The newest `length` rows of one series on the grid. Row r of a series covers [r step, (r + 1) step) and is stamped with
 * its start. Pure function of the feed: cells, normaliser and end do not depend on when or in which order batches came.
 */
export interface Window {
  readonly series: string;
  /** Time stamp of the newest row. */
  readonly endMs: number;
  readonly stepMs: number;
  /** [time, channel], in the channels' own units; NaN where nothing valid was observed. */
  readonly values: Float64Array;
  readonly length: number;
  readonly channels: number;
  /** How many of the newest rows no earlier window ended with: those that are scored. */
  readonly newRows: number;
  /** Older rows, ascending, whose cells are not as the windows before told them: readings came late. Absent: none. */
  readonly patchedRows?: readonly number[];
  /** Normaliser before the new rows, [channel]: z = (bend(x) - location) / scale, with the channel's transform. */
  readonly location: Float64Array;
  readonly scale: Float64Array;
  readonly observedFraction: number;
  /** Rows after the newest one that are planned, [row ahead, channel known ahead], NaN where no plan says anything; absent without such channels. */
  readonly ahead?: Float64Array;
  /** Channels that are not what they were, as of the newest row; absent where drift is not watched. */
  readonly drift?: readonly DriftFinding[];
  readonly hold: Hold;
}

/** What flows out of the window room. */
export type WindowEvent =
  | { readonly kind: 'window'; readonly window: Window }
  /** Nothing heard of the series for `silentForMs` of event time; its rows are dropped. */
  | {
      readonly kind: 'silent';
      readonly series: string;
      readonly lastMs: number;
      readonly silentForMs: number;
      readonly hold: Hold;
    };
