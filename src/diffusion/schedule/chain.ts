/** A discrete forward chain x_0 ... x_T (Ho, Jain, Abbeel 2020). Arrays are indexed by t as in the paper; t = 0 is the data. */
export interface Chain {
  readonly steps: number;
  /** [T + 1]; beta[0] = 0. */
  readonly beta: Float64Array;
  /** [T + 1]: product of 1 - beta; alphaBar[0] = 1. */
  readonly alphaBar: Float64Array;
}

/** The chain of the variances beta_1 ... beta_T. */
export function createChain(betas: ArrayLike<number>): Chain {
  const beta = Float64Array.of(0, ...Array.from(betas));
  const alphaBar = new Float64Array(beta.length);
  let product = 1;
  beta.forEach((b, t) => {
    product *= 1 - b;
    alphaBar[t] = product;
  });
  return { steps: betas.length, beta, alphaBar };
}
