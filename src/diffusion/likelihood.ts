import { combine } from './ops/combine.ts';
import type { Ops, Vjp } from './ops/ops.ts';
import { sumCells } from './ops/sum-cells.ts';
import type { Denoise } from './sampler/contract.ts';
import { stepsOf } from './sampler/steps-of.ts';

export interface LikelihoodInputs<T> {
  /** Data at sigmas[0], [batch, ...]; 0 on known cells. */
  readonly z: T;
  /** 1 on cells that are data, 0 on those that are conditioned on, shaped as z (batch may be 1). */
  readonly generated: T;
  /** Probes of the trace, at least one, shaped as z: see `trace-probes.ts`. */
  readonly probes: readonly T[];
  /** Elements of a batch row. */
  readonly cells: number;
}

/** Nats of every row, [batch, 1] each: logLikelihood = trace + latent. */
export interface Likelihood<T> {
  readonly logLikelihood: T;
  /** Integral of the divergence of the flow: how much volume it gained on the way to noise. */
  readonly trace: T;
  /** Log-density of where the flow ends under the prior N(0, (1 + sigmaMax^2) I). */
  readonly latent: T;
  /** Squared norm of the latent in standard deviations of the prior; chi-square with as many degrees as there are cells. */
  readonly latentNorm: T;
}

/**
 * Exact log-likelihood by the probability-flow ODE (Song et al. 2021, equation 39 and appendix D.2; in the words of EDM
 * dz/dsigma = (z - denoised) / sigma), the divergence by Hutchinson's estimator v' J v with one vector-Jacobian product a probe
 * (Skilling 1989; Hutchinson 1990), integrated by Heun's method. The prior is that of the variance-preserving process at sigmaMax,
 * data of variance one. Offline: two calls and gradients a step.
 * @param sigmas ascending, from the level of the data to sigmaMax
 */
export function logLikelihood<T>(
  ops: Ops<T>,
  vjp: Vjp<T>,
  denoise: Denoise<T>,
  inputs: LikelihoodInputs<T>,
  sigmas: readonly number[],
): Likelihood<T> {
  const { generated, probes, cells } = inputs;
  const sum = (x: T) => sumCells(ops, ops.mul(x, generated), cells);
  const degrees = sumCells(ops, generated, cells);
  const masked = (sigma: number) => (z: T) => ops.mul(denoise(ops.mul(z, generated), sigma), generated);
  const slopes = (z: T, sigma: number) => {
    const products = probes.map((probe) => vjp(masked(sigma), z, ops.mul(probe, generated)));
    const traces = products.map(({ product }, k) => sum(ops.mul(product, probes[k] as T)));
    const trace = ops.mulScalar(
      traces.reduce((a, b) => ops.add(a, b)),
      1 / probes.length,
    );
    return {
      flow: combine(ops, 1 / sigma, z, -1 / sigma, (products[0] as { value: T }).value),
      divergence: combine(ops, 1 / sigma, degrees, -1 / sigma, trace),
    };
  };
  let z = ops.mul(inputs.z, generated);
  let trace = ops.mulScalar(degrees, 0);
  for (const { sigma, next } of stepsOf(sigmas)) {
    const half = (next - sigma) / 2;
    const here = slopes(z, sigma);
    const there = slopes(combine(ops, 1, z, 2 * half, here.flow), next);
    z = ops.add(z, combine(ops, half, here.flow, half, there.flow));
    trace = ops.add(trace, combine(ops, half, here.divergence, half, there.divergence));
  }
  const variance = 1 + (sigmas.at(-1) as number) ** 2;
  const latentNorm = ops.mulScalar(sum(ops.mul(z, z)), 1 / variance);
  const latent = combine(ops, -1 / 2, latentNorm, -Math.log(2 * Math.PI * variance) / 2, degrees);
  return { logLikelihood: ops.add(trace, latent), trace, latent, latentNorm };
}
