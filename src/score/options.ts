import { DriftcastError } from '../core/errors.ts';
import type { OfReferences } from '../core/reference-names.ts';
import type { ScoreGroup } from '../core/score-group.ts';

/** What is known of a way of scoring before the first row. */
export interface ScoreBasis {
  /** Mean R^2 of each channel on the training rows, [channel]; from the model package. */
  readonly meanSquared: Float64Array;
  /** Smoothed scores of ordinary rows, in time order; from the model package. Every series' memory starts with them. */
  readonly referenceScores: Float64Array;
  /** Channels that are judged together, each with reference scores of its own; absent or none: all of them are. */
  readonly groups?: readonly (ScoreGroup & { readonly referenceScores: Float64Array })[];
  /**
   * Mean square of the signed residuals against the other channels, smoothed by `slowHalfLifeSteps`, on ordinary rows, [channel]; NaN
   * where there are none. From the model package.
   */
  readonly slowMeanSquared: Float64Array;
  /** Scores that are remembered before an alarm can open, where the asked rate needs fewer. Absent: none. */
  readonly learnScoresMin?: number;
}

export interface ScoreOptions extends ScoreBasis {
  /** Plain methods that stand beside the model, each with memories of its own, in the same groups; absent: none do. */
  readonly references?: OfReferences<ScoreBasis>;
  /** Series that have them, at a time. Default: all. */
  readonly referencesSeriesMax?: number;
  /** Smoothing of the quick statistics, rows. 0: none. */
  readonly halfLifeSteps: number;
  /** Smoothing of the slow ones, rows. */
  readonly slowHalfLifeSteps: number;
  /** Scores remembered for the p-value. */
  readonly memoryScores: number;
  /** Rows of one alarm that are not remembered; beyond, the new state is taken for what is ordinary now. */
  readonly heldOutRowsMax: number;
  /** Rows left out of the memory at most, as a multiple of the rows that `pValue` lets through. */
  readonly heldOutRatio: number;
  /** Opens an alarm. */
  readonly pValue: number;
  /** An open alarm stays while p is at most this. */
  readonly keepPValue: number;
  /** Contributions reported per row. */
  readonly topChannels: number;
  /** Series whose state is held; beyond, the one scored least recently starts afresh. */
  readonly seriesMax: number;
  /** States kept for `takeState` until their verdicts are delivered. 0: none is kept. Default 8192. */
  readonly pendingStatesMax?: number;
}

/** Remembered scores below which a p-value cannot reach the one that opens an alarm. */
export const scoresNeeded = (pValue: number): number => Math.ceil(1 / pValue);

/** @throws DriftcastError CONFIG_INVALID */
export function checkScoreOptions(options: ScoreOptions): void {
  const { memoryScores, groups = [] } = options;
  // every group has its share of the alarms
  const pValue = options.pValue / Math.max(1, groups.length);
  if (memoryScores >= scoresNeeded(pValue)) return;
  throw new DriftcastError(
    'CONFIG_INVALID',
    `planning scores: a memory of ${memoryScores} scores can never show a p-value of ${pValue}, no alarm would ever open`,
    { hint: `Set score.memory_scores to at least ${scoresNeeded(pValue)}, or raise alert.p_value.` },
  );
}
