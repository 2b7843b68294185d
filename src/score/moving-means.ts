/** One broken cell says no more than this many ordinary ones: it must not stay in the mean for hours. */
const cellMax = 10;

/** Takes one row of signed values [channel] (NaN: nothing known), bounded, into their moving means. */
export function advanceMeans(
  means: Float64Array,
  values: Float64Array,
  row: number,
  keep: number,
  bound = cellMax,
): void {
  for (let c = 0; c < means.length; c++) {
    const value = values[row * means.length + c];
    if (Number.isNaN(value)) continue;
    means[c] = keep * means[c] + (1 - keep) * Math.min(bound, Math.max(-bound, value));
  }
}

/** What is ordinary below this is rounding. */
const ordinaryFloor = 0.005;
/** One broken channel says no more than this. */
const ratioMax = 400;

/**
 * Mean over channels of the squared moving means in units of their ordinary size; channels without a scale (NaN) do not count.
 * Noise averages out in the moving mean, an offset stays: an alarm for what a single row is too noisy to show.
 */
export function offsetScore(means: Float64Array, ordinary: Float64Array): number {
  let sum = 0;
  let counted = 0;
  for (let c = 0; c < means.length; c++) {
    if (Number.isNaN(ordinary[c])) continue;
    sum += Math.min(ratioMax, means[c] ** 2 / (ordinary[c] + ordinaryFloor));
    counted++;
  }
  return counted === 0 ? Number.NaN : sum / counted;
}

/** Share of a moving mean that a row leaves: half after `halfLifeSteps`; 0: none. */
export const keepOf = (halfLifeSteps: number): number => (halfLifeSteps > 0 ? 2 ** (-1 / halfLifeSteps) : 0);
