import { combine } from '../ops/combine.ts';
import type { Sampler } from './contract.ts';
import { stepsOf } from './steps-of.ts';

/** The probability-flow ODE by Heun's method, of second order; two calls a step but one in a step to 0 (Karras et al. 2022, algorithm 1). */
export const sampleHeun: Sampler = (ops, denoise, start, sigmas) => {
  let z = start;
  for (const { sigma, next } of stepsOf(sigmas)) {
    const denoised = denoise(z, sigma);
    const slope = combine(ops, 1 / sigma, z, -1 / sigma, denoised);
    const euler = combine(ops, 1, z, next - sigma, slope);
    if (next === 0) return euler;
    const slopeNext = combine(ops, 1 / next, euler, -1 / next, denoise(euler, next));
    z = ops.add(z, combine(ops, (next - sigma) / 2, slope, (next - sigma) / 2, slopeNext));
  }
  return z;
};
