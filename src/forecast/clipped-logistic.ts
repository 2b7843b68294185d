/**
 * A logistic law whose values are clipped to the bounds of a channel, in closed form: what lies outside cannot be observed. With
 * F(x) = 1 / (1 + e^-x) all integrals below come from the antiderivatives of F (softplus) and of F^2 (softplus - F).
 */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export const logit = (p: number): number => Math.log(p / (1 - p));

/** Half the width of the central 90 % of a logistic law of scale 1. */
export const halfWidth90 = logit(0.95);

const softplus = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const squareIntegral = (x: number): number => (x === Number.NEGATIVE_INFINITY ? 0 : softplus(x) - sigmoid(x));

export const clip = (x: number, { min, max }: Bounds): number => Math.min(max, Math.max(min, x));

/**
 * CRPS of the clipped law against `y` within the bounds: the integral of (F(t) - 1{t >= y})^2 from bound to bound. Without bounds
 * it is s (w + 2 softplus(-w) - 1), w = (y - location) / s (Jordan, Krueger, Lerch 2019, appendix A).
 */
export function clippedCrps(y: number, location: number, scale: number, { min, max }: Bounds): number {
  if (scale <= 0) return Math.abs(y - clip(location, { min, max }));
  const [low, at, high] = [(min - location) / scale, (y - location) / scale, (max - location) / scale];
  return Math.max(0, scale * (squareIntegral(at) - squareIntegral(low) + squareIntegral(-at) - squareIntegral(-high)));
}

/** The largest deviation, in half widths of the central 90 %, that counts in full. */
export const deviationMax = 2;

/** |y - centre| in half widths of the central 90 %, at most `deviationMax`; the centre is the clipped median. */
export function deviationOf(y: number, location: number, scale: number, bounds: Bounds): number {
  return Math.min(deviationMax, Math.abs(y - clip(location, bounds)) / (halfWidth90 * scale));
}

/** What `deviationOf` is on average where the law holds. About .469 far from the bounds. */
export function expectedDeviation(location: number, scale: number, bounds: Bounds): number {
  const centre = clip(location, bounds);
  const reach = deviationMax * halfWidth90 * scale;
  const from = (Math.max(bounds.min, centre - reach) - location) / scale;
  const to = (Math.min(bounds.max, centre + reach) - location) / scale;
  const at = (centre - location) / scale;
  // P(X > t) integrated above the centre, P(X < t) below it
  return (softplus(-at) - softplus(-to) + softplus(at) - softplus(from)) / halfWidth90;
}
