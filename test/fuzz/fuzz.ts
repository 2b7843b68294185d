import { createRng, seedOf } from '../../src/core/rng.ts';
import { decoderTargets } from './decoder-targets.ts';
import { fileTargets } from './file-targets.ts';
import { mutate } from './mutate.ts';

export interface Failure {
  readonly target: string;
  /** Number of the input: with the seed it makes the input again. */
  readonly index: number;
  readonly error: string;
  readonly input: Buffer;
}

export interface Fuzzed {
  /** Inputs by target. */
  readonly inputs: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
  /** The input that took longest, for people: nothing is asserted on it. */
  readonly slowest: { readonly target: string; readonly index: number; readonly ms: number };
}

const failuresMax = 20;

/**
 * Gives `count` hostile inputs to all targets in turn. Each input is a function of the seed and its number, whatever came
 * before. Ends early where `failuresMax` inputs have failed.
 */
export async function fuzz(seed: number, count: number, first = 0): Promise<Fuzzed> {
  const [decoders, files] = [await decoderTargets(), await fileTargets()];
  const targets = [...decoders.targets, ...files.targets];
  const inputs = new Map(targets.map(({ name }) => [name, 0]));
  const failures: Failure[] = [];
  let slowest = { target: '', index: -1, ms: 0 };
  let current: Omit<Failure, 'error'> = { target: '', index: -1, input: Buffer.alloc(0) };
  const failed = (error: unknown) =>
    failures.push({ ...current, error: (error instanceof Error ? error.stack : undefined) ?? String(error) });
  process.on('unhandledRejection', failed);
  try {
    for (let index = first; index < first + count && failures.length < failuresMax; index++) {
      const target = targets[index % targets.length] as (typeof targets)[number];
      const rng = createRng(seedOf(seed, index));
      const input = mutate(target.samples, rng);
      current = { target: target.name, index, input };
      inputs.set(target.name, (inputs.get(target.name) ?? 0) + 1);
      const startMs = performance.now();
      try {
        await target.check(input, rng);
      } catch (error) {
        failed(error);
      }
      const ms = performance.now() - startMs;
      if (ms > slowest.ms) slowest = { target: target.name, index, ms };
    }
    await new Promise((resolve) => setImmediate(resolve)); // rejections nobody handles are told by now
  } finally {
    process.off('unhandledRejection', failed);
    files.close();
    await decoders.close();
  }
  return { inputs, failures, slowest };
}
