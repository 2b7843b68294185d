import type { Contribution, Verdict } from './verdict.ts';

export type AlertState = 'pending' | 'firing' | 'resolved';

/** One change of an alert's state. The same feed gives the same transitions. */
export interface AlertTransition {
  /** Stable over the alert's life: series and start time. */
  readonly id: string;
  readonly series: string;
  readonly kind: 'anomaly' | 'silent';
  readonly state: AlertState;
  readonly startMs: number;
  /** Event time of this transition. */
  readonly timeMs: number;
  readonly peakScore: number;
  readonly minPValue: number;
  readonly channels: readonly Contribution[];
  readonly summary: string;
}

/** Everything known about one step of one series: what sinks deliver and the dashboard shows. */
export interface Outcome {
  readonly verdict: Verdict | null;
  readonly alerts: readonly AlertTransition[];
}
