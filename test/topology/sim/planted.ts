import { createRng } from '../../../src/core/rng.ts';
import type { SeriesState } from '../../../src/core/series-state.ts';
import type { PlanResult } from '../../../src/infer/plan.ts';
import { Credits } from '../../../src/topology/credits.ts';
import { DeadLetterDesk } from '../../../src/topology/dead-letter-desk.ts';
import { OffsetLedger } from '../../../src/topology/offset-ledger.ts';
import type { Plant, SimulationReport } from './simulate.ts';
import { simulate } from './simulate.ts';

/** A part that is broken on purpose. That the simulation notices is what shows that it can. */
export interface PlantedBug {
  readonly name: string;
  /** Breaks it; gives the way back. */
  install(): { readonly plant: Plant; readonly remove: () => void };
}

const sound: Plant = (parts) => parts;

const inParts = (name: string, plant: () => Plant): PlantedBug => ({
  name,
  install: () => ({ plant: plant(), remove: () => {} }),
});

/** Replaces a member of a class that the pipeline makes itself. */
function inClass(
  name: string,
  { prototype }: { readonly prototype: object },
  member: string,
  descriptor: PropertyDescriptor,
): PlantedBug {
  const before = Object.getOwnPropertyDescriptor(prototype, member);
  if (before === undefined) throw new Error(`there is no ${member} to break`);
  return {
    name,
    install: () => {
      Object.defineProperty(prototype, member, { ...before, ...descriptor });
      return { plant: sound, remove: () => Object.defineProperty(prototype, member, before) };
    },
  };
}

export const plantedBugs: readonly PlantedBug[] = [
  inClass('a ledger that commits early', OffsetLedger, 'hold', { value: () => () => {} }),
  inClass('a ledger that knows no generations', OffsetLedger, 'isCurrent', { value: () => true }),
  inClass('credits without an end', Credits, 'free', { get: () => true }),
  inClass('a desk that does not wait for its letters', DeadLetterDesk, 'drained', { value: () => Promise.resolve() }),
  inParts('an assembler that drops on rebalance', () => (parts) => {
    const { assembler } = parts;
    const [handle, restore] = [assembler.handle.bind(assembler), assembler.restore.bind(assembler)];
    let isRunning = false;
    assembler.handle = (input, isOver) => {
      isRunning = true;
      return handle(input, isOver);
    };
    assembler.restore = (series, snapshot) => restore(series, isRunning ? null : snapshot);
    return parts;
  }),
  inParts('an engine with unseeded noise', () => {
    const rng = createRng(1); // as good as the clock: where it stands depends on what was asked before
    const noisy = (result: PlanResult | null): PlanResult | null => {
      if (result?.residual) result.residual.squared[0] = (result.residual.squared[0] ?? 0) * (1 + 1e-9 * rng.uniform());
      return result;
    };
    return (parts) => ({
      ...parts,
      infer: { ...parts.infer, infer: async (windows) => (await parts.infer.infer(windows)).map(noisy) },
    });
  }),
  inParts('a state store that says done before it is', () => (parts) => {
    const { stateFile } = parts;
    let waiting: ReadonlyMap<string, SeriesState | null> | null = null;
    if (stateFile === null) return parts;
    const write = async (changed: ReadonlyMap<string, SeriesState | null>) => {
      if (waiting !== null) await stateFile.write(waiting);
      waiting = new Map(changed);
    };
    return {
      ...parts,
      stateFile: { read: () => stateFile.read(), stateOf: (series) => stateFile.stateOf(series), write },
    };
  }),
  inParts('a sink that says done before it is', () => (parts) => ({
    ...parts,
    sinks: parts.sinks.map((sink) => ({
      name: sink.name,
      deliver: async (batch) => {
        void sink.deliver(batch).catch(() => undefined);
        return [];
      },
      close: () => sink.close(),
      health: () => sink.health(),
    })),
  })),
];

/** A run with the bug in it. */
export async function simulatePlanted(bug: PlantedBug, seed: number): Promise<SimulationReport> {
  const { plant, remove } = bug.install();
  try {
    return await simulate(seed, plant);
  } finally {
    remove();
  }
}
