import { combine } from '../ops/combine.ts';
import type { Sampler } from './contract.ts';
import { stepsOf } from './steps-of.ts';

/**
 * DPM-Solver++(2M): second order with one call a step, by extrapolating the denoised value in lambda = -ln sigma
 * (Lu et al. 2022, "DPM-Solver++", algorithm 2; the first step and a step to 0 are of first order).
 */
export const sampleDpmpp2m: Sampler = (ops, denoise, start, sigmas) => {
  let z = start;
  let before: { denoised: typeof start; width: number } | null = null;
  for (const { sigma, next } of stepsOf(sigmas)) {
    const denoised = denoise(z, sigma);
    const width = Math.log(sigma / next);
    const ahead = before === null || next === 0 ? 0 : width / before.width / 2;
    const target =
      before === null || ahead === 0 ? denoised : combine(ops, 1 + ahead, denoised, -ahead, before.denoised);
    z = combine(ops, next / sigma, z, 1 - next / sigma, target);
    before = { denoised, width };
  }
  return z;
};
