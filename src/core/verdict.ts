import type { Inference } from './inference.ts';
import type { OfReferences } from './reference-names.ts';

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
  /** The group of channels that says so, where there are groups: the least ordinary one. */
  readonly group?: string;
  /** Largest contributions first; shares of the whole in [0, 1]. */
  readonly topChannels: readonly Contribution[];
  /** What plain methods say of the row; absent where they are switched off. */
  readonly references?: OfReferences<ReferenceVerdict>;
}

export type ReferenceVerdict = Pick<RowVerdict, 'score' | 'pValue' | 'alarm' | 'learning'>;

/** Scores that are remembered, at most as many as the asked rate needs. */
export interface Learnt {
  readonly scores: number;
  readonly needed: number;
}

export interface Contribution {
  readonly channel: number;
  readonly share: number;
  readonly observed: number;
  readonly expected: number;
  readonly halfWidth90: number;
  /** Since when the channel is out of its ordinary without a break; null: it is not. Absent: not an anomaly's. */
  readonly sinceMs?: number | null;
}

export interface Verdict {
  readonly inference: Inference;
  /** Under overload: nothing is said yet, the next verdict of the series has these rows, too. */
  readonly isDeferred?: true;
  readonly rows: readonly RowVerdict[];
  /** Absent: not known. */
  readonly learnt?: Learnt;
  readonly referencesLearnt?: OfReferences<Learnt>;
}
