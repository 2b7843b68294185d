import { type LabelEvent, labelEvents } from './label-events.ts';
import { rankable } from './rankable.ts';
import { requireEqualLength } from './require-equal-length.ts';

export interface Vus {
  /** Volume under the range precision-recall surface, in [0, 1]; NaN without a labelled row. */
  readonly pr: number;
  /** Volume under the range ROC surface, in [0, 1]; NaN without a labelled or without an ordinary row. */
  readonly roc: number;
}

/** Scores as the first threshold that reaches them: everything below works on these small integers. */
interface Entries {
  /** [time], index of the highest threshold that is at most the score. */
  readonly of: Int32Array;
  /** [threshold], rows with a score of at least the threshold. */
  readonly predicted: Float64Array;
}

/**
 * VUS-PR and VUS-ROC of Paparrizos et al. (VLDB 2022, "Volume Under the Surface") in the form that the TSB-AD benchmark
 * (NeurIPS 2024) reports, its `RangeAUC_volume_opt`:
 *
 * - Buffers w = 0 .. `slidingWindow`, the surfaces' mean over all of them. Around each labelled range, floor(w / 2) rows on
 *   each side get the soft label sqrt(1 - distance / w); where buffers overlap they add up, to at most 1.
 * - `thresholds` of them at evenly spaced ranks of the scores (250); a row is predicted where score >= threshold.
 * - TP = sum of the soft labels of predicted rows. The number of positives is P + half the soft labels predicted outside the
 *   ranges; recall = min(TP / positives, 1) times the share of buffered ranges (merged where they touch) with at least one
 *   predicted row; FPR = (predicted - TP) / (rows - positives); precision = TP / predicted.
 * - Areas: trapezoids under (FPR, recall), closed at (1, 1); steps recall_k - recall_{k-1} times precision_k for PR.
 *
 * TSB-AD passes the estimated period of the first channel as `slidingWindow` (see `estimatePeriod`). Earlier releases of
 * its code passed twice that. Rows with a NaN score count as never predicted before the lowest threshold.
 *
 * @param labels [time], 0 or 1
 * @param scores [time], higher is more anomalous
 */
export function vus(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  slidingWindow: number,
  thresholds = 250,
): Vus {
  requireEqualLength('computing VUS', { labels: labels.length, scores: scores.length });
  const events = labelEvents(labels);
  if (events.length === 0) return { pr: Number.NaN, roc: Number.NaN };
  const entries = enter(rankable(scores), thresholds);
  const inside = new Float64Array(thresholds);
  let positives = 0;
  for (const { start, end } of events) {
    for (let i = start; i <= end; i++) inside[entries.of[i]] += 1;
    positives += end - start + 1;
  }
  accumulate(inside);

  const soft = softLabels(labels, events, entries, thresholds);
  const existence = existenceRatio(events, entries, thresholds);
  let pr = 0;
  let roc = 0;
  for (let w = 0; w <= slidingWindow; w++) {
    const area = areas(entries.predicted, inside, soft(w), existence(w), positives, labels.length);
    pr += area.pr;
    roc += area.roc;
  }
  return { pr: pr / (slidingWindow + 1), roc: roc / (slidingWindow + 1) };
}

function enter(scores: Float64Array, thresholds: number): Entries {
  const descending = Float64Array.from(scores).sort().reverse();
  const last = scores.length - 1;
  const step = last / (thresholds - 1);
  const levels = Float64Array.from(
    { length: thresholds },
    (_, k) => descending[k === thresholds - 1 ? last : Math.trunc(k * step)],
  );
  const predicted = new Float64Array(thresholds);
  const of = Int32Array.from(scores, (score) => {
    let low = 0;
    let high = thresholds - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (levels[middle] <= score) high = middle;
      else low = middle + 1;
    }
    predicted[low] += 1;
    return low;
  });
  accumulate(predicted);
  return { of, predicted };
}

/** For a buffer w: [threshold], the sum of soft labels of predicted rows outside the labelled ranges. */
function softLabels(labels: ArrayLike<number>, events: readonly LabelEvent[], entries: Entries, thresholds: number) {
  const weight = new Float64Array(labels.length);
  return (w: number): Float64Array => {
    const touched: number[] = [];
    const touch = (i: number, distance: number) => {
      if (i < 0 || i >= labels.length || labels[i] !== 0) return;
      if (weight[i] === 0) touched.push(i);
      weight[i] += Math.sqrt(1 - distance / w);
    };
    for (const { start, end } of events) {
      for (let distance = 1; distance <= w >> 1; distance++) {
        touch(end + distance, distance);
        touch(start - distance, distance);
      }
    }
    const sums = new Float64Array(thresholds);
    for (const i of touched) {
      sums[entries.of[i]] += Math.min(1, weight[i]);
      weight[i] = 0;
    }
    return accumulate(sums);
  };
}

/** For a buffer w, asked in ascending order: [threshold], the share of buffered, merged ranges with a predicted row. */
function existenceRatio(events: readonly LabelEvent[], entries: Entries, thresholds: number) {
  const rows = entries.of.length;
  const reached = Int32Array.from(events, ({ start, end }) => {
    let first = thresholds;
    for (let i = start; i <= end; i++) first = Math.min(first, entries.of[i]);
    return first;
  });
  let buffered = 0;
  return (w: number): Float64Array => {
    const half = w >> 1;
    for (; buffered < half; buffered++) {
      for (const [e, { start, end }] of events.entries()) {
        const before = start - buffered - 1;
        const after = end + buffered + 1;
        if (before >= 0) reached[e] = Math.min(reached[e], entries.of[before]);
        if (after < rows) reached[e] = Math.min(reached[e], entries.of[after]);
      }
    }
    const found = new Float64Array(thresholds);
    let groups = 0;
    let first = thresholds;
    for (const [e, { end }] of events.entries()) {
      first = Math.min(first, reached[e]);
      const next = events[e + 1];
      if (next !== undefined && end + half >= next.start - half) continue;
      found[first] += 1;
      groups += 1;
      first = thresholds;
    }
    return accumulate(found).map((count) => count / groups);
  };
}

function areas(
  predicted: Float64Array,
  inside: Float64Array,
  soft: Float64Array,
  existence: Float64Array,
  positives: number,
  rows: number,
): Vus {
  let pr = 0;
  let roc = 0;
  let lastTpr = 0;
  let lastFpr = 0;
  for (let k = 0; k < predicted.length; k++) {
    const hits = inside[k] + soft[k];
    const expected = positives + soft[k] / 2;
    const tpr = Math.min(hits / expected, 1) * existence[k];
    const fpr = (predicted[k] - hits) / (rows - expected);
    pr += (tpr - lastTpr) * (hits / predicted[k]);
    roc += ((fpr - lastFpr) * (tpr + lastTpr)) / 2;
    lastTpr = tpr;
    lastFpr = fpr;
  }
  roc += ((1 - lastFpr) * (1 + lastTpr)) / 2;
  return { pr, roc };
}

function accumulate(values: Float64Array): Float64Array {
  for (let k = 1; k < values.length; k++) values[k] += values[k - 1];
  return values;
}
