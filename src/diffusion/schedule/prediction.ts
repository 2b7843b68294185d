import { combine } from '../ops/combine.ts';
import type { Ops } from '../ops/ops.ts';
import { forwardMarginal } from './forward-marginal.ts';

/**
 * What a network may say about x_t = sqrt(a) x_0 + sqrt(1 - a) epsilon: the clean x0, the noise epsilon (Ho et al. 2020),
 * the velocity v = sqrt(a) epsilon - sqrt(1 - a) x_0 (Salimans & Ho 2022, appendix D), or the score -epsilon / sqrt(1 - a)
 * (Song et al. 2021).
 */
export type PredictionKind = 'x0' | 'epsilon' | 'v' | 'score';

/** The clean x0 that a prediction at x_t means. */
export function toX0<T>(ops: Ops<T>, kind: PredictionKind, prediction: T, xt: T, alphaBar: number): T {
  const { mean, std } = forwardMarginal(alphaBar);
  switch (kind) {
    case 'x0':
      return prediction;
    case 'epsilon':
      return combine(ops, 1 / mean, xt, -std / mean, prediction);
    case 'v':
      return combine(ops, mean, xt, -std, prediction);
    case 'score':
      return combine(ops, 1 / mean, xt, (std * std) / mean, prediction);
  }
}

/** The prediction that means the clean x0 at x_t: the inverse of `toX0`. */
export function fromX0<T>(ops: Ops<T>, kind: PredictionKind, x0: T, xt: T, alphaBar: number): T {
  const { mean, std } = forwardMarginal(alphaBar);
  switch (kind) {
    case 'x0':
      return x0;
    case 'epsilon':
      return combine(ops, 1 / std, xt, -mean / std, x0);
    case 'v':
      return combine(ops, mean / std, xt, -1 / std, x0);
    case 'score':
      return combine(ops, -1 / (std * std), xt, mean / (std * std), x0);
  }
}
