import { combine } from '../ops/combine.ts';
import { alphaBarOf } from '../schedule/alpha-bar-of.ts';
import type { Sampler } from './contract.ts';
import { stepsOf } from './steps-of.ts';

/**
 * The reverse of the variance-preserving SDE, dx = (-x / 2 - score) beta dt + sqrt(beta) dw, by Euler-Maruyama
 * (Song et al. 2021, equation 6 and appendix E), on the clock of the integral of beta: whatever beta(t) is, a step advances by
 * ln(alphaBar_next / alphaBar). A step to 0 returns the denoised mean (their appendix G).
 */
export const sampleEulerMaruyama: Sampler = (ops, denoise, start, sigmas, noise) => {
  let z = start;
  stepsOf(sigmas).forEach(({ sigma, next }, k) => {
    const denoised = denoise(z, sigma);
    if (next === 0) {
      z = denoised;
      return;
    }
    const [from, to] = [alphaBarOf(sigma), alphaBarOf(next)];
    const advance = Math.log(to / from);
    const x = ops.mulScalar(z, Math.sqrt(from));
    const score = combine(ops, Math.sqrt(from) / (1 - from), denoised, -1 / (1 - from), x);
    const drifted = combine(ops, 1 + advance / 2, x, advance, score);
    z = ops.mulScalar(combine(ops, 1, drifted, Math.sqrt(advance), noise[k] as typeof z), 1 / Math.sqrt(to));
  });
  return z;
};
