import { combine } from '../ops/combine.ts';
import type { Sampler } from './contract.ts';
import { stepsOf } from './steps-of.ts';

/** The probability-flow ODE dz/dsigma = (z - denoised) / sigma by Euler's method (Karras et al. 2022, algorithm 1 without lines 6-8). */
export const sampleEuler: Sampler = (ops, denoise, start, sigmas) => {
  let z = start;
  for (const { sigma, next } of stepsOf(sigmas)) z = combine(ops, next / sigma, z, 1 - next / sigma, denoise(z, sigma));
  return z;
};
