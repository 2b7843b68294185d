/** Linear interpolation between order statistics (type 7: numpy's and torch's default). `sorted` ascending, not empty. */
export function quantileOfSorted(sorted: ArrayLike<number>, level: number): number {
  const at = level * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/**
 * Position level (n + 1) between order statistics (type 6, Weibull), held at the ends: an exchangeable new value falls below
 * it with probability `level`, where type 7 under-covers by about (n - 1) / (n + 1). `sorted` ascending, not empty.
 */
export function unbiasedQuantileOfSorted(sorted: ArrayLike<number>, level: number): number {
  const at = Math.min(Math.max(level * (sorted.length + 1) - 1, 0), sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** Value at `level` of a law known by its quantiles at ascending `levels`: linear between them, held outside. */
export function quantileAt(level: number, quantiles: ArrayLike<number>, levels: readonly number[], offset = 0): number {
  const last = levels.length - 1;
  if (level <= levels[0]) return quantiles[offset];
  if (level >= levels[last]) return quantiles[offset + last];
  const above = levels.findIndex((candidate) => candidate >= level);
  const share = (level - levels[above - 1]) / (levels[above] - levels[above - 1]);
  return quantiles[offset + above - 1] + share * (quantiles[offset + above] - quantiles[offset + above - 1]);
}
