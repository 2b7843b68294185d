/** Ordinary squares below this are rounding. */
const squareFloor = 0.005;
/** One broken channel says no more than this. */
const ratioMax = 400;

/** Takes one row of signed residuals [channel] (NaN: nothing known) into their moving means. */
export function advanceBias(means: Float64Array, bias: Float64Array, row: number, keep: number): void {
  for (let c = 0; c < means.length; c++) {
    const value = bias[row * means.length + c];
    if (!Number.isNaN(value)) means[c] = keep * means[c] + (1 - keep) * Math.min(10, Math.max(-10, value));
  }
}

/**
 * Mean over channels of the squared moving means in units of their ordinary size; channels without a scale (NaN) do not count.
 * Noise averages out in the moving mean, an offset stays: an alarm for what a single row is too noisy to show.
 */
export function slowScore(means: Float64Array, ordinary: Float64Array): number {
  let sum = 0;
  let counted = 0;
  for (let c = 0; c < means.length; c++) {
    if (Number.isNaN(ordinary[c])) continue;
    sum += slowRatio(means[c], ordinary[c]);
    counted++;
  }
  return counted === 0 ? Number.NaN : sum / counted;
}

export const slowRatio = (mean: number, ordinary: number): number =>
  Math.min(ratioMax, (mean * mean) / (ordinary + squareFloor));

/** Share of the moving mean that a row leaves: half after `halfLifeSteps`. */
export const slowKeep = (halfLifeSteps: number): number => (halfLifeSteps > 0 ? 2 ** (-1 / halfLifeSteps) : 0);
