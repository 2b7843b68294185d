import { rankable } from './rankable.ts';
import { requireEqualLength } from './require-equal-length.ts';

export interface RankingAreas {
  /** Average precision: sum over distinct thresholds of (recall_k - recall_{k-1}) precision_k, as scikit-learn. NaN without positives. */
  readonly pr: number;
  /** Area under the ROC curve, ties count half. NaN without positives or without negatives. */
  readonly roc: number;
}

/**
 * How well `scores` rank the labelled rows above the others, row by row, without any adjustment. Depends on the order of
 * the scores only. Rows with a NaN score rank lowest.
 *
 * @param labels [time], 0 or 1
 * @param scores [time], higher is more anomalous
 */
export function rankingAreas(labels: ArrayLike<number>, scores: ArrayLike<number>): RankingAreas {
  requireEqualLength('computing AUC-PR', { labels: labels.length, scores: scores.length });
  const ranked = rankable(scores);
  const order = Uint32Array.from(ranked.keys()).sort((a, b) =>
    ranked[a] === ranked[b] ? 0 : ranked[b] > ranked[a] ? 1 : -1,
  );
  let positives = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) positives += 1;
  const negatives = labels.length - positives;
  let hits = 0;
  let pr = 0;
  let roc = 0;
  for (let i = 0; i < order.length; ) {
    const score = ranked[order[i]];
    const tiedFrom = i;
    let tiedHits = 0;
    for (; i < order.length && ranked[order[i]] === score; i++) if (labels[order[i]] !== 0) tiedHits += 1;
    const tiedMisses = i - tiedFrom - tiedHits;
    roc += tiedMisses * (hits + tiedHits / 2);
    hits += tiedHits;
    pr += (tiedHits / positives) * (hits / i);
  }
  return { pr: positives === 0 ? Number.NaN : pr, roc: roc / (positives * negatives) };
}
