/**
 * The variance-preserving SDE dx = -beta(t) x / 2 dt + sqrt(beta(t)) dw on t in [0, 1] with linear beta
 * (Song et al. 2021, equations 11 and 32): the limit of the linear chain for many steps.
 */
export interface VpSde {
  beta(t: number): number;
  /** f(x, t) = drift(t) x */
  drift(t: number): number;
  /** g(t) */
  diffusion(t: number): number;
  /** alphaBar(t) = exp(-integral of beta): q(x_t | x_0) = N(sqrt(alphaBar) x_0, (1 - alphaBar) I) (equation 33). */
  alphaBar(t: number): number;
  /** lambda(t) = 1 - alphaBar, proportional to 1 / E |score of q(x_t | x_0)|^2 (section 3.3). */
  weight(t: number): number;
  /** The t of an alphaBar (Karras et al. 2022, table 1, sigma^-1 of VP). */
  timeOf(alphaBar: number): number;
}

export function vpSde(betaMin = 0.1, betaMax = 20): VpSde {
  const slope = betaMax - betaMin;
  const beta = (t: number) => betaMin + slope * t;
  const alphaBar = (t: number) => Math.exp(-(betaMin * t + (slope * t * t) / 2));
  return {
    beta,
    drift: (t) => -beta(t) / 2,
    diffusion: (t) => Math.sqrt(beta(t)),
    alphaBar,
    weight: (t) => 1 - alphaBar(t),
    timeOf: (a) => (Math.sqrt(betaMin * betaMin - 2 * slope * Math.log(a)) - betaMin) / slope,
  };
}
