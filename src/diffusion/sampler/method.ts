import { nullSigma } from '../precondition.ts';
import { betaSchedule } from '../schedule/beta-schedule.ts';
import { createChain } from '../schedule/chain.ts';
import { chainSigmas } from '../schedule/chain-sigmas.ts';
import { karrasSigmas } from '../schedule/karras-sigmas.ts';
import type { Sampler } from './contract.ts';
import { sampleDdim } from './ddim.ts';
import { sampleDdpm } from './ddpm.ts';
import { sampleDpmpp2m } from './dpmpp-2m.ts';
import { sampleEuler } from './euler.ts';
import { sampleEulerMaruyama } from './euler-maruyama.ts';
import { sampleHeun } from './heun.ts';

/** Lowest level of the samplers that solve an equation in sigma. */
const sigmaMin = 0.05;

const ofChain = (steps: number) => chainSigmas(createChain(betaSchedule('linear', 1000)), steps, nullSigma);
const ofKarras = (steps: number) => karrasSigmas(steps, sigmaMin, nullSigma);

/** A sampler that starts from pure noise, its levels for so many steps, and whether it draws noise on the way. */
export interface NoiseSampler {
  readonly sample: Sampler;
  readonly sigmas: (steps: number) => readonly number[];
  readonly stochastic: boolean;
}

export const noiseSamplers = {
  ddpm: { sample: sampleDdpm, sigmas: ofChain, stochastic: true },
  ddim: { sample: sampleDdim(0), sigmas: ofChain, stochastic: false },
  euler: { sample: sampleEuler, sigmas: ofKarras, stochastic: false },
  heun: { sample: sampleHeun, sigmas: ofKarras, stochastic: false },
  dpmpp_2m: { sample: sampleDpmpp2m, sigmas: ofKarras, stochastic: false },
  euler_maruyama: { sample: sampleEulerMaruyama, sigmas: ofKarras, stochastic: true },
} as const satisfies Record<string, NoiseSampler>;

export type SamplerMethod = 'distributional' | keyof typeof noiseSamplers;

/** How joint paths are sampled: `model.sampler` of a pipeline. */
export interface SamplerSpec {
  readonly method: SamplerMethod;
  /** Steps of the reverse process, one denoiser call each (heun: two, but one in the last). */
  readonly steps: number;
}

export const samplerMethods: readonly SamplerMethod[] = [
  'distributional',
  ...(Object.keys(noiseSamplers) as (keyof typeof noiseSamplers)[]),
];

/** Random arrays of one path, each [token, channel, patch]. */
export function drawCounts({ method, steps }: SamplerSpec): { readonly logistic: number; readonly normal: number } {
  if (method === 'distributional') return { logistic: steps, normal: steps - 1 };
  return { logistic: 0, normal: noiseSamplers[method].stochastic ? steps : 1 };
}
