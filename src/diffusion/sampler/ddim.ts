import { combine } from '../ops/combine.ts';
import type { Sampler } from './contract.ts';
import { stepsOf } from './steps-of.ts';

/**
 * Denoising diffusion implicit models (Song, Meng, Ermon 2021, equations 12 and 16), in z = x_t / sqrt(alphaBar), where their step is
 * denoised + sqrt(next^2 - up^2) epsilon + up n with up = eta next sqrt(1 - next^2 / sigma^2).
 * @param eta 0: deterministic, Euler's step of the probability-flow ODE; 1: the posterior of the chain, DDPM
 */
export const sampleDdim =
  (eta: number): Sampler =>
  (ops, denoise, start, sigmas, noise) => {
    let z = start;
    stepsOf(sigmas).forEach(({ sigma, next }, k) => {
      const up = eta * next * Math.sqrt(1 - (next / sigma) ** 2);
      const kept = Math.sqrt(next * next - up * up) / sigma;
      const moved = combine(ops, kept, z, 1 - kept, denoise(z, sigma));
      z = up === 0 ? moved : combine(ops, 1, moved, up, noise[k] as typeof moved);
    });
    return z;
  };
