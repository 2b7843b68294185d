import { combine } from '../ops/combine.ts';
import { alphaBarOf } from '../schedule/alpha-bar-of.ts';
import { posterior } from '../schedule/posterior.ts';
import type { Sampler } from './contract.ts';
import { stepsOf } from './steps-of.ts';

/**
 * Ancestral sampling of the discrete chain: x_s ~ q(x_s | x_t, x_0 = denoised) (Ho et al. 2020, algorithm 2 with the posterior's
 * variance), in x_t = sqrt(alphaBar) z.
 */
export const sampleDdpm: Sampler = (ops, denoise, start, sigmas, noise) => {
  let z = start;
  stepsOf(sigmas).forEach(({ sigma, next }, k) => {
    const [from, to] = [alphaBarOf(sigma), alphaBarOf(next)];
    const { onX0, onXt, variance } = posterior(from, to);
    const x = combine(ops, onX0, denoise(z, sigma), onXt * Math.sqrt(from), z);
    const moved = next === 0 ? x : combine(ops, 1, x, Math.sqrt(variance), noise[k] as typeof x);
    z = ops.mulScalar(moved, 1 / Math.sqrt(to));
  });
  return z;
};
