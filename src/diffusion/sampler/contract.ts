import type { Law } from '../network.ts';
import type { Ops } from '../ops/ops.ts';

/** E[x_0 | z] for z = x_0 + sigma n: the one thing a sampler asks for (k-diffusion's contract). */
export type Denoise<T> = (z: T, sigma: number) => T;

/** The whole law of every clean cell given z = x_0 + sigma n; null: nothing of z is known. */
export type DenoiseLaw<T> = (z: T | null, sigma: number) => Law<T>;

/**
 * Leads z from noise level sigmas[0] to the last of `sigmas` (0: the data). Deterministic samplers leave `noise` alone; stochastic
 * ones use noise[k], standard normal, in the step from sigmas[k] to sigmas[k + 1] > 0. The steps are unrolled, so the same text
 * computes and is written as a graph.
 * @param z shaped [batch, ...] as the denoiser likes it; result and noise alike
 */
export type Sampler = <T>(ops: Ops<T>, denoise: Denoise<T>, z: T, sigmas: readonly number[], noise: readonly T[]) => T;
