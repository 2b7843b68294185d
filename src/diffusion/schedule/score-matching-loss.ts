import { combine } from '../ops/combine.ts';
import type { Ops } from '../ops/ops.ts';
import { sumCells } from '../ops/sum-cells.ts';
import { forwardMarginal } from './forward-marginal.ts';

export interface ScoreMatchingSample<T> {
  /** [batch, ...] */
  readonly x0: T;
  /** Standard normal, same shape. */
  readonly noise: T;
  readonly alphaBar: number;
  /** lambda(t) */
  readonly weight: number;
  /** Elements of a batch row. */
  readonly cells: number;
}

/**
 * Denoising score matching: lambda(t) |score(x_t, t) - grad log q(x_t | x_0)|^2 of every row, at one t
 * (Vincent 2011; Song et al. 2021, equation 7). With lambda = 1 - alphaBar it is the error of the predicted noise.
 * @param score the model's, a function of x_t
 * @returns [batch, 1]
 */
export function scoreMatchingLoss<T>(ops: Ops<T>, score: (xt: T) => T, sample: ScoreMatchingSample<T>): T {
  const { mean, std } = forwardMarginal(sample.alphaBar);
  const xt = combine(ops, mean, sample.x0, std, sample.noise);
  const difference = combine(ops, 1, score(xt), 1 / std, sample.noise);
  return ops.mulScalar(sumCells(ops, ops.mul(difference, difference), sample.cells), sample.weight);
}
