import type { Rng } from '../core/rng.ts';

/**
 * Random probes v with E v v' = I for Hutchinson's estimate of a trace. Rademacher signs have the least variance of all independent
 * entries (Hutchinson 1990); Gaussian ones are those of Skilling 1989.
 * @returns [probe][size]
 */
export function randomProbes(rng: Rng, kind: 'rademacher' | 'gaussian', probes: number, size: number): Float32Array[] {
  const draw = kind === 'gaussian' ? () => rng.normal() : () => (rng.uniform() < 0.5 ? -1 : 1);
  return Array.from({ length: probes }, () => Float32Array.from({ length: size }, draw));
}

/**
 * Unit vectors scaled by sqrt(cells): the mean of v' J v over them is the trace itself. One call a cell: for small windows.
 * @returns [cells][cells], one row of a batch each
 */
export const exactProbes = (cells: number): Float32Array[] =>
  Array.from({ length: cells }, (_, k) => {
    const probe = new Float32Array(cells);
    probe[k] = Math.sqrt(cells);
    return probe;
  });
