/** The levels that CSDI and GluonTS score: .05, .10 ... .95. */
export const crpsLevels: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** Pinball loss of the quantile `predicted` at `level`: its expectation is smallest at the true quantile. */
export function pinball(target: number, predicted: number, level: number): number {
  return target >= predicted ? level * (target - predicted) : (1 - level) * (predicted - target);
}

/**
 * CRPS of one cell from quantiles: the mean over levels of twice the pinball loss (GluonTS' mean quantile loss, CSDI's
 * `calc_quantile_CRPS` before its division). In units of the target. For a point forecast (all quantiles equal) at levels
 * symmetric about .5 it is the absolute error. With few levels it is a coarse sum: compare equal level sets only.
 *
 * @param quantiles the cell's quantiles at `levels`, starting at `offset`
 */
export function quantileCrps(
  target: number,
  quantiles: ArrayLike<number>,
  levels: readonly number[],
  offset = 0,
): number {
  let sum = 0;
  for (let q = 0; q < levels.length; q++) sum += pinball(target, quantiles[offset + q], levels[q]);
  return (2 * sum) / levels.length;
}

/**
 * CSDI's and GluonTS' normalised CRPS: sum over cells of the quantile CRPS, divided by the sum of |target|. Cells with a NaN
 * target are left out. Depends on where zero lies: use it to compare with published numbers only.
 *
 * @param targets [cell]
 * @param quantiles [cell, level]
 */
export function normalisedCrps(
  targets: ArrayLike<number>,
  quantiles: ArrayLike<number>,
  levels: readonly number[],
): number {
  let loss = 0;
  let scale = 0;
  for (let i = 0; i < targets.length; i++) {
    if (Number.isNaN(targets[i])) continue;
    loss += quantileCrps(targets[i], quantiles, levels, i * levels.length);
    scale += Math.abs(targets[i]);
  }
  return loss / scale;
}

/**
 * CRPS of one cell from an ensemble: E|X - y| - E|X - X'| / 2 (Gneiting & Raftery 2007). `plain` takes the ensemble as the law
 * itself; `fair` corrects E|X - X'| for the finite ensemble (Ferro 2014), is unbiased for the law that the members were
 * drawn from, and needs two members (NaN otherwise).
 */
export function sampleCrps(target: number, samples: ArrayLike<number>, form: 'plain' | 'fair' = 'fair'): number {
  const count = samples.length;
  const sorted = Float64Array.from(samples).sort();
  let error = 0;
  let spread = 0;
  for (let i = 0; i < count; i++) {
    error += Math.abs(sorted[i] - target);
    // Sum over pairs of |x_i - x_j|, from the order statistics.
    spread += (2 * i + 1 - count) * sorted[i];
  }
  return error / count - spread / (count * (form === 'fair' ? count - 1 : count));
}

/** CRPS of a logistic law with the given location and scale > 0, closed form (Jordan, Krueger & Lerch 2019). */
export function logisticCrps(target: number, location: number, scale: number): number {
  const w = (target - location) / scale;
  const softplusOfMinusW = Math.max(-w, 0) + Math.log1p(Math.exp(-Math.abs(w)));
  return scale * (w + 2 * softplusOfMinusW - 1);
}
