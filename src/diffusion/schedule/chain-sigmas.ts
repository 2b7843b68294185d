import type { Chain } from './chain.ts';
import { sigmaOf } from './sigma-of.ts';

/**
 * Noise levels of `steps` evenly spaced steps of a chain, and 0: DDPM's levels in the words of EDM. The first is the chain's
 * first level of at least `max` (or its last), the others lead down to the data in equal strides ("trailing" in
 * Lin et al. 2024, "Common diffusion noise schedules and sample steps are flawed", table 2).
 */
export function chainSigmas(chain: Chain, steps: number, max: number): number[] {
  const levels = Array.from(chain.alphaBar, sigmaOf);
  const reached = levels.findIndex((sigma) => sigma >= max);
  const top = reached === -1 ? chain.steps : reached;
  const at = (k: number) => levels[Math.max(1, Math.round(top * (1 - k / steps)))] as number;
  return [...Array.from({ length: steps }, (_, k) => at(k)), 0];
}
