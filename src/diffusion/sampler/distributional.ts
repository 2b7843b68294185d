import { combine } from '../ops/combine.ts';
import type { Ops } from '../ops/ops.ts';
import type { DenoiseLaw } from './contract.ts';

export interface DistributionalDraws<T> {
  /** Standard logistic draws, one a call: of the null level and of every sigma. */
  readonly logistic: readonly T[];
  /** Standard normal draws, one a sigma. */
  readonly normal: readonly T[];
}

/**
 * Few-step distributional sampling: every cell is drawn from its law at the null level and noised to sigmas[0]; then each step draws
 * every clean cell from its law given the noisy whole and goes on to q(z_next | z, drawn), as the chain would with the true clean
 * value; the last draw is the sample (DDPM's ancestral step with a draw of x_0 in place of its mean, as De Bortoli et al. 2025 have
 * it, "Distributional diffusion models with scoring rules"). A draw ignores the dependence between cells; the part of z that is kept
 * carries it on, since each law conditions on all noisy cells, and for many steps the sample is exact where the laws are.
 * @param sigmas descending, above 0; none: one draw from the null level
 */
export function sampleDistributional<T>(
  ops: Ops<T>,
  law: DenoiseLaw<T>,
  sigmas: readonly number[],
  draws: DistributionalDraws<T>,
): T {
  const draw = (z: T | null, sigma: number, k: number) => {
    const { location, scale } = law(z, sigma);
    return ops.add(location, ops.mul(scale, draws.logistic[k] as T));
  };
  let drawn = draw(null, Number.POSITIVE_INFINITY, 0);
  let z: T | null = null;
  sigmas.forEach((sigma, k) => {
    const before = k === 0 ? Number.POSITIVE_INFINITY : (sigmas[k - 1] as number);
    const kept = (sigma / before) ** 2;
    const mean: T = z === null ? drawn : combine(ops, kept, z, 1 - kept, drawn);
    z = combine(ops, 1, mean, sigma * Math.sqrt(1 - kept), draws.normal[k] as T);
    drawn = draw(z, sigma, k + 1);
  });
  return drawn;
}
