import type { Inference } from './inference.ts';

/** One scored row. */
export interface RowVerdict {
  readonly timeMs: number;
  /** Smoothed mean of standardised squared residuals; 1 is ordinary. NaN when nothing of the row could be scored. */
  readonly score: number;
  /** Conformal: rank of the score among the remembered ones, in (0, 1]. */
  readonly pValue: number;
  /** Whether the p-value asks for an alarm (opening threshold, or the lower one that keeps it). */
  readonly alarm: boolean;
  /** True while fewer scores are remembered than the asked rate needs; no alarm is raised then. */
  readonly learning: boolean;
  /** Largest contributions first; shares of the whole in [0, 1]. */
  readonly topChannels: readonly Contribution[];
}

export interface Contribution {
  readonly channel: number;
  readonly share: number;
  readonly observed: number;
  readonly expected: number;
  readonly halfWidth90: number;
}

export interface Verdict {
  readonly inference: Inference;
  readonly rows: readonly RowVerdict[];
}
