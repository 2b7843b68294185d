import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random numbers. The same seed gives the same numbers on every machine. */
export interface Rng {
  /** Uniform in (0, 1), never 0 or 1. */
  uniform(): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
}

export const createRng = (seed: number): Rng => createResumableRng(seed);

/** Where a stream stands: plain numbers, to be kept in a file. */
export interface RngState {
  readonly generator: readonly number[];
  /** The second of a pair of normals, still to be given. */
  readonly spare: number | null;
}

export interface ResumableRng extends Rng {
  state(): RngState;
}

/** A stream from its seed, or one that goes on where another stood. */
export function createResumableRng(from: number | RngState): ResumableRng {
  const isSeed = typeof from === 'number';
  const generator = isSeed ? xoroshiro128plus(from | 0) : xoroshiro128plusFromState(from.generator);
  let spare = isSeed ? null : from.spare;
  const uniform = () => ((generator.next() >>> 0) + 0.5) / 0x1_0000_0000;
  return {
    uniform,
    normal() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    integer: (n) => Math.floor(uniform() * n),
    state: () => ({ generator: [...generator.getState()], spare }),
  };
}

/** A 32-bit seed from strings and numbers (FNV-1a over their UTF-16 units): the seed of a result is a function of what it is about. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  const text = parts.join('\u0000');
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash | 0;
}
