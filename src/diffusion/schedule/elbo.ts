import { combine } from '../ops/combine.ts';
import type { Ops } from '../ops/ops.ts';
import { sumCells } from '../ops/sum-cells.ts';
import type { Chain } from './chain.ts';
import { forwardMarginal } from './forward-marginal.ts';
import { posterior } from './posterior.ts';

/** The reverse chain p(x_{t-1} | x_t) = N(mean of q(x_{t-1} | x_t, x0(x_t)), variance(t) I). */
export interface ReverseChain<T> {
  x0(xt: T, t: number): T;
  /** Ho et al. 2020, section 3.2: beta_t or the posterior's. Positive, also at t = 1. */
  variance(t: number): number;
}

/** -log p(x_0) <= prior + sum of steps + reconstruction, nats; [batch, 1] each. */
export interface ElboTerms<T> {
  /** L_T = KL(q(x_T | x_0) || N(0, I)) */
  readonly prior: T;
  /** L_1 ... L_{T-1}: KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)) for t = 2 ... T */
  readonly steps: readonly T[];
  /** L_0 = -log p(x_0 | x_1) */
  readonly reconstruction: T;
}

/**
 * The variational bound, every term a closed form of Gaussians given one draw of x_t (Ho et al. 2020, equation 5).
 * @param x0 [batch, ...] with `cells` elements a row
 * @param noise standard normal draws for t = 1 ... T, shaped as x0
 */
export function elboTerms<T>(
  ops: Ops<T>,
  chain: Chain,
  reverse: ReverseChain<T>,
  x0: T,
  noise: readonly T[],
  cells: number,
): ElboTerms<T> {
  const squares = (x: T) => sumCells(ops, ops.mul(x, x), cells);
  const errorAt = (t: number) => {
    const { mean, std } = forwardMarginal(chain.alphaBar[t] as number);
    const xt = combine(ops, mean, x0, std, noise[t - 1] as T);
    return squares(ops.sub(x0, reverse.x0(xt, t)));
  };
  const step = (t: number) => {
    const q = posterior(chain.alphaBar[t] as number, chain.alphaBar[t - 1] as number);
    const ratio = q.variance / reverse.variance(t);
    const scaled = ops.mulScalar(errorAt(t), q.onX0 ** 2 / reverse.variance(t) / 2);
    return ops.addScalar(scaled, (cells / 2) * (ratio - 1 - Math.log(ratio)));
  };
  const last = chain.alphaBar[chain.steps] as number;
  return {
    prior: ops.addScalar(ops.mulScalar(squares(x0), last / 2), (-cells / 2) * (last + Math.log(1 - last))),
    steps: Array.from({ length: chain.steps - 1 }, (_, k) => step(k + 2)),
    reconstruction: ops.addScalar(
      ops.mulScalar(errorAt(1), 1 / reverse.variance(1) / 2),
      (cells / 2) * Math.log(2 * Math.PI * reverse.variance(1)),
    ),
  };
}
