/** N(onX0 x_0 + onXt x_t, variance I) */
export interface Posterior {
  readonly onX0: number;
  readonly onXt: number;
  readonly variance: number;
}

/**
 * q(x_s | x_t, x_0) for s < t (Ho et al. 2020, equations 6 and 7). For s = t - 1 it is the paper's; for a chain that skips steps
 * the same with beta = 1 - alphaBar_t / alphaBar_s (Nichol & Dhariwal 2021, section 4).
 * @param alphaBarT of the noisier x_t
 * @param alphaBarS of x_s
 */
export function posterior(alphaBarT: number, alphaBarS: number): Posterior {
  const alpha = alphaBarT / alphaBarS;
  const beta = 1 - alpha;
  return {
    onX0: (Math.sqrt(alphaBarS) * beta) / (1 - alphaBarT),
    onXt: (Math.sqrt(alpha) * (1 - alphaBarS)) / (1 - alphaBarT),
    variance: (beta * (1 - alphaBarS)) / (1 - alphaBarT),
  };
}
