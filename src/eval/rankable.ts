/** Scores [time] with NaN (not scored) ranked below every number: what was not scored can raise no alarm. */
export function rankable(scores: ArrayLike<number>): Float64Array {
  return Float64Array.from(scores, (score) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score));
}
