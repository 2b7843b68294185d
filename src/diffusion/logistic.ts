/** The logistic law that the denoiser predicts for every generated cell, in closed form. */

/** Standard logistic quantile, ln(p / (1 - p)). */
export const logit = (p: number): number => Math.log(p / (1 - p));

const softplus = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

/**
 * CRPS of a logistic law against an observed value: s (w + 2 softplus(-w) - 1), w = (y - location) / s.
 * Source: Jordan, Krueger, Lerch 2019, "Evaluating probabilistic forecasts with scoringRules", appendix A.
 */
export function logisticCrps(y: number, location: number, scale: number): number {
  const w = (y - location) / scale;
  return scale * (w + 2 * softplus(-w) - 1);
}

/** Mean absolute deviation of a standard logistic law: 2 ln 2. */
export const logisticMeanAbsolute = 2 * Math.LN2;

/** Scale that the zero-initialised head starts with: softplus(-.2) + .001. */
export const initialHeadScale = softplus(-0.2) + 1e-3;
