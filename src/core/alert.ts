import type { Contribution, Verdict } from './verdict.ts';

export type AlertState = 'pending' | 'firing' | 'resolved';

/** `anomaly`: rows are out of the ordinary; `silent`: a series is not heard; `drift`: channels have changed for good. */
export type AlertKind = 'anomaly' | 'silent' | 'drift';

/** One change of an alert's state. The same feed gives the same transitions. */
export interface AlertTransition {
  /** Stable over the alert's life: series and start time. */
  readonly id: string;
  readonly series: string;
  readonly kind: AlertKind;
  readonly state: AlertState;
  readonly startMs: number;
  /** Event time of this transition. */
  readonly timeMs: number;
  readonly peakScore: number;
  /** Of an anomaly: the row with the highest score so far. Else `startMs`. */
  readonly peakMs: number;
  /** Of an anomaly: the blamed channel that was out of the ordinary first, and since when; null where that is not known. */
  readonly first: { readonly channel: number; readonly sinceMs: number } | null;
  readonly minPValue: number;
  readonly channels: readonly Contribution[];
  readonly summary: string;
}

/** Everything known about one step of one series: what sinks deliver and the dashboard shows. */
export interface Outcome {
  readonly verdict: Verdict | null;
  readonly alerts: readonly AlertTransition[];
}
