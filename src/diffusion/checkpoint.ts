import { z } from 'zod';
import { DriftcastError } from '../core/errors.ts';
import type { Moments } from './adamw.ts';
import type { Weight } from './model.ts';
import { type NetworkShape, parameterSpecs } from './network.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor, safetensorsMetadata } from './safetensors.ts';
import type { TrainingState } from './train.ts';

/** What a training is a function of, each as a hash or a name: a checkpoint goes on with the same only. */
export interface TrainingIdentity {
  /** Of the gridded values. */
  readonly data: string;
  /** Of all settings that the steps depend on. */
  readonly config: string;
  readonly engine: string;
}

const natural = z.number().int().nonnegative();
const numbers = z.array(z.number());
const ratio = z.number();

/** Everything but the tensors; kept as JSON in the header's metadata. */
const progressSchema = z.object({
  format: z.literal(1),
  identity: z.object({ data: z.string(), config: z.string(), engine: z.string() }),
  step: natural,
  schedule: z.object({
    steps: natural,
    paced: z.boolean(),
    coolDown: z.object({ from: natural, to: natural }).nullable(),
  }),
  optimiserStep: natural,
  rng: z.object({ generator: numbers.length(4), spare: z.number().nullable() }),
  poolSeeds: numbers,
  best: z.object({
    step: natural,
    score: ratio,
    byTask: z.object({ impute: ratio, forecast: ratio, score: ratio, cross: ratio }),
  }),
  stale: natural,
  elapsedMs: z.number().nonnegative(),
});

const parts = ['weights', 'average', 'best', 'first', 'second'] as const;

/** One file that holds a training as it stands. */
export function encodeCheckpoint(state: TrainingState, identity: TrainingIdentity): Uint8Array {
  const { optimiser, best } = state;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, weight] of optimiser.weights) {
    const { first, second } = optimiser.moments.get(name) as Moments;
    const values = {
      weights: weight.values,
      average: (optimiser.average.get(name) as Weight).values,
      best: (best.weights.get(name) as Weight).values,
      first,
      second,
    };
    for (const part of parts) tensors.set(`${part}.${name}`, { shape: weight.shape, values: values[part] });
  }
  const progress: z.input<typeof progressSchema> = {
    format: 1,
    identity,
    step: state.step,
    schedule: state.schedule,
    optimiserStep: optimiser.step,
    rng: { generator: [...state.rng.generator], spare: state.rng.spare },
    poolSeeds: [...state.poolSeeds],
    best: { step: best.step, score: best.score, byTask: best.byTask },
    stale: state.stale,
    elapsedMs: state.elapsedMs,
  };
  return encodeSafetensors(tensors, { driftcast_training: JSON.stringify(progress) });
}

/**
 * Reads a checkpoint of a network of this shape. Errors: STATE_INVALID where the file is damaged, or belongs to a training on
 * other data, with other settings, or on another engine.
 */
export function decodeCheckpoint(bytes: Uint8Array, identity: TrainingIdentity, shape: NetworkShape): TrainingState {
  const { progress, tensors } = read(bytes);
  const other = differenceOf(progress.identity, identity);
  if (other !== null) {
    throw new DriftcastError('STATE_INVALID', `resuming a training: its checkpoint was made ${other}`, {
      hint: 'Train with what it was begun with, or remove the checkpoint (or leave out --resume) to start again.',
    });
  }
  const take = (part: (typeof parts)[number]) =>
    new Map([...parameterSpecs(shape)].map(([name, spec]) => [name, tensorOf(tensors, `${part}.${name}`, spec.shape)]));
  const [weights, average, best, first, second] = parts.map(take) as [Weights, Weights, Weights, Weights, Weights];
  const moments = new Map(
    [...first].map(([name, { values }]) => [name, { first: values, second: (second.get(name) as Weight).values }]),
  );
  const { step, schedule, optimiserStep, rng, poolSeeds, stale, elapsedMs } = progress;
  return {
    step,
    schedule,
    optimiser: { step: optimiserStep, weights, average, moments },
    rng,
    poolSeeds,
    best: { ...progress.best, weights: best },
    stale,
    elapsedMs,
  };
}

type Weights = Map<string, Weight>;

const damaged = (what: string, cause?: unknown): DriftcastError =>
  new DriftcastError('STATE_INVALID', `resuming a training: its checkpoint is damaged (${what})`, {
    cause,
    hint: 'Remove the checkpoint, or leave out --resume, to start again.',
  });

function read(bytes: Uint8Array): { progress: z.output<typeof progressSchema>; tensors: Map<string, NamedTensor> } {
  try {
    const progress = progressSchema.parse(JSON.parse(safetensorsMetadata(bytes).driftcast_training ?? 'null'));
    return { progress, tensors: decodeSafetensors(bytes) };
  } catch (cause) {
    throw damaged('it is not whole, or of another version', cause);
  }
}

function tensorOf(tensors: ReadonlyMap<string, NamedTensor>, name: string, shape: readonly number[]): Weight {
  const found = tensors.get(name);
  if (found === undefined || found.shape.join() !== shape.join() || !(found.values instanceof Float32Array))
    throw damaged(`tensor ${name}`);
  return { shape, values: found.values };
}

/** What is not the same, in words. */
function differenceOf(own: TrainingIdentity, asked: TrainingIdentity): string | null {
  if (own.data !== asked.data) return 'on other data';
  if (own.engine !== asked.engine) return `on another engine (${own.engine}, now ${asked.engine})`;
  return own.config === asked.config ? null : 'with other settings of the pipeline';
}
