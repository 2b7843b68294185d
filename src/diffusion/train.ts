import { createRng } from '../core/rng.ts';
import { AdamW, cloneWeights } from './adamw.ts';
import type { FittedBasis } from './fit-basis.ts';
import { initialiseWeights } from './initialise.ts';
import { logisticCrps } from './logistic.ts';
import type { Weight } from './model.ts';
import { lossAndGradients, type TrainingBatch } from './ops/tfjs-gradient.ts';
import { type Task, tasks } from './task.ts';
import {
  type Draw,
  defaultSampling,
  makeBatch,
  nullDraw,
  type SamplingOptions,
  TrainingSampler,
  type WindowPlace,
  windowAt,
} from './training-set.ts';

export interface TrainOptions {
  readonly stepsMax: number;
  readonly budgetMs: number;
  readonly batchWindows: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Share of the features that a step leaves out, against overfitting where data are few. */
  readonly dropout?: number;
  /** Which windows, tasks, masks and noise levels are drawn. */
  readonly sampling?: SamplingOptions;
  readonly seed: number;
  /** Monotonic milliseconds, for the budget. */
  readonly elapsedMs: () => number;
  /** Law of every generated cell at the null level for a batch, with the given weights: [batch, token, channel, patch]. */
  readonly marginals: (
    weights: ReadonlyMap<string, Weight>,
    batch: TrainingBatch,
  ) => Promise<{ location: Float32Array; scale: Float32Array }>;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Awaited before every step: where the process sees its signals and timers. What it throws ends the training. */
  readonly betweenSteps?: () => Promise<void>;
}

export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** CRPS of held-out windows relative to the base with a zero head; below 1 is a gain. */
  readonly validation: number;
}

export interface Trained {
  readonly weights: ReadonlyMap<string, Weight>;
  readonly steps: number;
  readonly seconds: number;
  /** Held-out CRPS over that of the base, by task: what the network adds. */
  readonly validation: Readonly<Record<Task, number>>;
}

const warmUpSteps = 50;
const clipNorm = 1;
const averageDecay = 0.998;
const validationWindows = 48;
const validationsPerRun = 12;
/** Steps over which the speed of this machine is measured before the schedule is laid out. */
const paceSteps = 8;

/**
 * Trains the denoiser on random tasks, masks and noise levels; keeps the averaged weights that validated best.
 * The number of steps is fixed after a few steps from the pace and the budget, so that the cosine schedule ends where it should.
 */
export async function trainNetwork(
  fitted: FittedBasis,
  validationPlaces: readonly WindowPlace[],
  options: TrainOptions,
): Promise<Trained> {
  const { basis, shape } = fitted;
  const rng = createRng(options.seed);
  const optimiser = new AdamW(initialiseWeights(shape, rng), { weightDecay: options.weightDecay, averageDecay });
  const sampling = options.sampling ?? defaultSampling;
  const sampler = new TrainingSampler(basis, shape, fitted.places, fitted.folds, rng, sampling);
  const validation = validationBatches(fitted, validationPlaces, options.seed, sampling);
  const reference = await validate(optimiser.average, validation, options);
  const startMs = options.elapsedMs();
  let steps = options.stepsMax;
  let best = {
    score: 1,
    weights: cloneWeights(optimiser.average),
    byTask: { impute: 1, forecast: 1, score: 1, cross: 1 } as Record<Task, number>,
  };
  let paceStartMs = startMs;
  for (let step = 0; step < steps; step++) {
    await options.betweenSteps?.();
    const { loss, gradients } = await lossAndGradients(
      shape,
      optimiser.weights,
      sampler.draw(options.batchWindows),
      options.dropout === undefined ? undefined : { rate: options.dropout, rng },
    );
    optimiser.update(gradients, learningRateAt(step, steps, options.learningRate), clipNorm);
    if (step === 1) paceStartMs = options.elapsedMs(); // the first steps compile kernels
    if (step === 1 + paceSteps) {
      const stepMs = (options.elapsedMs() - paceStartMs) / paceSteps;
      steps = Math.max(step + 1, Math.min(options.stepsMax, Math.floor((0.92 * options.budgetMs) / stepMs)));
    }
    const every = Math.max(20, Math.floor(steps / validationsPerRun));
    if ((step > warmUpSteps && step % every === 0) || step === steps - 1) {
      const now = await validate(optimiser.average, validation, options);
      const byTask = Object.fromEntries(tasks.map((task) => [task, now[task] / reference[task]])) as Record<
        Task,
        number
      >;
      const trained = trainedTasks(sampling);
      const score = trained.reduce((sum, task) => sum + byTask[task], 0) / trained.length;
      if (score < best.score) best = { score, weights: cloneWeights(optimiser.average), byTask };
      options.onProgress?.({ step: step + 1, steps, loss, validation: score });
      if (options.elapsedMs() - startMs > 1.1 * options.budgetMs) break;
    } else if (step % 10 === 0) options.onProgress?.({ step: step + 1, steps, loss, validation: best.score });
  }
  return { weights: best.weights, steps, seconds: (options.elapsedMs() - startMs) / 1000, validation: best.byTask };
}

/** Tasks that are drawn at all. */
const trainedTasks = ({ shares }: SamplingOptions): Task[] => tasks.filter((task) => shares[task] > 0);

function learningRateAt(step: number, steps: number, peak: number): number {
  const warm = Math.min(1, (step + 1) / Math.min(warmUpSteps, steps / 4 + 1));
  return peak * warm * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
}

/** One fixed batch a task, at the null level, spread over the held-out places. */
function validationBatches(
  fitted: FittedBasis,
  places: readonly WindowPlace[],
  seed: number,
  sampling: SamplingOptions,
): Map<Task, TrainingBatch> {
  const rng = createRng(seed ^ 0x5eed);
  const size = Math.min(validationWindows, places.length);
  return new Map(
    trainedTasks(sampling).map((task) => [
      task,
      makeBatch(fitted.basis, fitted.shape, size, rng, (index): Draw => {
        const place = places[Math.floor((index * places.length) / size)] as WindowPlace;
        const { length, channels } = fitted.shape;
        const donor = () => windowAt(places[rng.integer(places.length)] as WindowPlace, length, channels);
        return nullDraw(fitted.basis, fitted.shape, place, task, () => sampling.gapMask(rng, length, channels, donor()));
      }),
    ]),
  );
}

async function validate(
  weights: ReadonlyMap<string, Weight>,
  batches: ReadonlyMap<Task, TrainingBatch>,
  options: TrainOptions,
): Promise<Record<Task, number>> {
  const out = { impute: 1, forecast: 1, score: 1, cross: 1 };
  for (const [task, batch] of batches) {
    const { location, scale } = await options.marginals(weights, batch);
    let sum = 0;
    let count = 0;
    for (let i = 0; i < batch.weight.length; i++) {
      if (batch.weight[i] === 0) continue;
      sum += logisticCrps(batch.target[i] as number, location[i] as number, scale[i] as number);
      count++;
    }
    out[task] = count === 0 ? 1 : sum / count;
  }
  return out;
}
