import { requireEqualLength } from './require-equal-length.ts';

export interface PointF1 {
  /** NaN where nothing was alarmed. */
  readonly precision: number;
  /** NaN where nothing was labelled. */
  readonly recall: number;
  readonly f1: number;
}

/** Row-wise precision, recall and F1 of alarms [time] against labels [time], without point adjustment (which flatters chance). */
export function pointF1(labels: ArrayLike<number>, alarms: ArrayLike<number>): PointF1 {
  requireEqualLength('computing F1', { labels: labels.length, alarms: alarms.length });
  let both = 0;
  let labelled = 0;
  let alarmed = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0) labelled += 1;
    if (alarms[i] !== 0) alarmed += 1;
    if (labels[i] !== 0 && alarms[i] !== 0) both += 1;
  }
  return { precision: both / alarmed, recall: both / labelled, f1: (2 * both) / (labelled + alarmed) };
}
