import type { Denoiser, NoiseTensors } from '../network.ts';
import type { Ops } from '../ops/ops.ts';

/**
 * Noise levels of a few-step reverse process: `steps - 1` geometric levels from 3 to .6 after the null level.
 */
export function ancestralSigmas(steps: number): number[] {
  const levels = steps - 1;
  return Array.from({ length: levels }, (_, k) => (levels === 1 ? 3 : 3 * 0.2 ** (k / (levels - 1))));
}

export interface AncestralInputs<T> {
  readonly embedded: T;
  readonly task: T;
  /** 1 on cells to generate, 0 on known ones, [batch, token, channel, patch]. */
  readonly generated: T;
  /** Standard logistic draws for every step, [steps][batch, token, channel, patch]. */
  readonly logistic: readonly T[];
  /** Standard normal draws for every level after the first, [steps - 1][...]. */
  readonly normal: readonly T[];
}

/**
 * Few-step distributional ancestral sampling: draw every cell from the law at the null level, renoise to sigma_k, let the
 * denoiser see the noisy whole, draw again. The first draw ignores the dependence between cells; each step puts it back,
 * since the law at sigma_k conditions on all noisy cells. Known cells stay 0, as in training: the noise is on generated cells
 * only. With the mean in place of the draw and many levels this is the
 * stochastic sampler of consistency models (Song et al. 2023, algorithm 1).
 *
 * @param noises levels in the order of `ancestralSigmas`, preceded by the null level
 * @returns one path a batch row, [batch, token, channel, patch]
 */
export function sampleAncestral<T>(
  ops: Ops<T>,
  denoiser: Denoiser<T>,
  inputs: AncestralInputs<T>,
  noises: readonly NoiseTensors<T>[],
  sigmas: readonly number[],
): T {
  const draw = (k: number, zSigma: T | null) => {
    const law = denoiser.denoise(inputs.embedded, inputs.task, zSigma, noises[k] as NoiseTensors<T>);
    return ops.add(law.location, ops.mul(law.scale, inputs.logistic[k] as T));
  };
  let z = draw(0, null);
  sigmas.forEach((sigma, k) => {
    const noisy = ops.add(z, ops.mulScalar(inputs.normal[k] as T, sigma));
    z = draw(k + 1, ops.mul(noisy, inputs.generated));
  });
  return z;
}
