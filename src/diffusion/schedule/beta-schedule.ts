export type BetaSchedule = 'linear' | 'cosine' | 'quadratic';

/** No step may forget everything: the posterior would divide by zero (Nichol & Dhariwal 2021, section 3.2). */
const betaMax = 0.999;

const spaced = (steps: number, first: number, last: number) => (k: number) =>
  steps === 1 ? last : first + ((last - first) * k) / (steps - 1);

/**
 * Variances beta_1 ... beta_T of a forward chain of `steps` steps.
 *
 * - linear: 1e-4 to .02 at T = 1000 (Ho, Jain, Abbeel 2020, section 4), scaled by 1000 / T for another T so that as much is
 *   forgotten in total;
 * - quadratic: square roots evenly spaced from 1e-4 to .5 at T = 50 (Tashiro et al. 2021, CSDI, section 6.1), scaled by 50 / T;
 * - cosine: alphaBar(t) = cos^2((t / T + .008) / 1.008 pi / 2) (Nichol & Dhariwal 2021, equation 17).
 */
export function betaSchedule(kind: BetaSchedule, steps: number): Float64Array {
  if (kind === 'cosine') {
    const alphaBar = (t: number) => Math.cos(((t / steps + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    return Float64Array.from({ length: steps }, (_, k) => Math.min(betaMax, 1 - alphaBar(k + 1) / alphaBar(k)));
  }
  const linear = spaced(steps, 1e-4, 0.02);
  const root = spaced(steps, Math.sqrt(1e-4), Math.sqrt(0.5));
  return Float64Array.from({ length: steps }, (_, k) =>
    Math.min(betaMax, kind === 'linear' ? (linear(k) * 1000) / steps : (root(k) ** 2 * 50) / steps),
  );
}
