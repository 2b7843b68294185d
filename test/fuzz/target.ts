import type { Rng } from '../../src/core/rng.ts';

/** What is given hostile inputs. `check` throws where the property does not hold. */
export interface Target {
  readonly name: string;
  /** Real inputs, to be made hostile. */
  readonly samples: readonly Buffer[];
  check(input: Buffer, rng: Rng): void | Promise<void>;
}
