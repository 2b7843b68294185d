import type { Rng } from '../../../src/core/rng.ts';

/** What can go wrong. Those that end the process are told apart: in the last life of a run they do not happen. */
const survivable = [
  'rebalance',
  'partition lost',
  'group rebalanced',
  'partition away',
  'partition stalled',
  'batch fails',
  'worker dies',
  'worker hangs',
  'worker does not start',
  'sink hangs',
  'zombie commits',
] as const;
const fatal = [
  'sink fails',
  'sink fails half-way',
  'sink fails after storing',
  'letters fail',
  'state write fails',
  'state write fails after it',
  'state read fails',
  'commit fails',
  'source fails',
] as const;

export type Fault = (typeof survivable)[number] | (typeof fatal)[number];

export const faults: readonly Fault[] = [...survivable, ...fatal];

/** How often each happens when it has the chance to, in the runs where it happens at all. */
const rates: Record<Fault, readonly [rare: number, often: number]> = {
  rebalance: [0.01, 0.08],
  'partition lost': [0.005, 0.03],
  'group rebalanced': [0.005, 0.03],
  'partition away': [0.005, 0.03],
  'partition stalled': [0.01, 0.05],
  'batch fails': [0.05, 0.4],
  'worker dies': [0.05, 0.3],
  'worker hangs': [0.02, 0.1],
  'worker does not start': [0.1, 0.3],
  'sink hangs': [0.03, 0.15],
  'zombie commits': [0.5, 1],
  'sink fails': [0.03, 0.15],
  'sink fails half-way': [0.03, 0.15],
  'sink fails after storing': [0.03, 0.15],
  'letters fail': [0.02, 0.1],
  'state write fails': [0.05, 0.3],
  'state write fails after it': [0.05, 0.3],
  'state read fails': [0.1, 0.3],
  'commit fails': [0.05, 0.3],
  'source fails': [0.002, 0.01],
};

/**
 * Decides when what goes wrong. Each run has a random few of the faults: all of them always would hide those that need a
 * long calm to matter.
 */
export class Chaos {
  readonly #rng: Rng;
  readonly #rates = new Map<Fault, number>();
  readonly #note: (line: string) => void;
  /** How often each fault struck. */
  readonly struck = new Map<Fault, number>();
  /** No fault that ends the process. */
  isLastLife = false;

  constructor(rng: Rng, note: (line: string) => void) {
    this.#rng = rng;
    this.#note = note;
    for (const fault of faults) {
      const level = rng.integer(3);
      this.#rates.set(fault, level === 0 ? 0 : (rates[fault][level - 1] ?? 0));
    }
  }

  /** Whether the fault happens, here and now. */
  strikes(fault: Fault): boolean {
    const rate = this.#rates.get(fault) ?? 0;
    if (rate === 0 || (this.isLastLife && isFatal(fault)) || this.#rng.uniform() >= rate) return false;
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    this.#note(fault);
    return true;
  }

  integer(n: number): number {
    return this.#rng.integer(n);
  }
}

const isFatal = (fault: Fault): boolean => (fatal as readonly Fault[]).includes(fault);
