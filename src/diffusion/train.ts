import { createResumableRng, type RngState } from '../core/rng.ts';
import { AdamW, type AdamWState, cloneWeights } from './adamw.ts';
import type { FittedBasis } from './fit-basis.ts';
import { initialiseWeights } from './initialise.ts';
import { coolDownFrom, isValidated, lastStep, learningRateAt, periodOf, type Schedule } from './learning-rate.ts';
import type { Weight } from './model.ts';
import type { NetworkShape } from './network.ts';
import { lossAndGradients } from './ops/tfjs-gradient.ts';
import type { Task } from './task.ts';
import { defaultSampling, type SamplingOptions, TrainingSampler, type WindowPlace } from './training-set.ts';
import { type Marginals, unvalidated, type Validation, Validator } from './validation.ts';

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
  /** Steps between two validations, at most. Default 100. */
  readonly validateEverySteps?: number;
  /** Validations in a row that may bring nothing better before the training comes to its end. Default: any number. */
  readonly patience?: number;
  /** Where an interrupted training goes on. */
  readonly resume?: TrainingState;
  /** Monotonic milliseconds, for the budget. */
  readonly elapsedMs: () => number;
  readonly marginals: Marginals;
  readonly onProgress?: (progress: TrainProgress) => void;
  /**
   * Awaited before every step and after the last: where the process sees its signals and timers, and keeps a state of the
   * training if it wants one. What it throws ends the training.
   */
  readonly betweenSteps?: (state: () => TrainingState) => Promise<void>;
}

/** The averaged weights that validated best, and after how many steps. */
export interface Best extends Validation {
  readonly step: number;
  readonly weights: ReadonlyMap<string, Weight>;
}

/** All that the steps to come depend on, besides data and options. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly schedule: Schedule;
  readonly optimiser: AdamWState;
  readonly rng: RngState;
  /** Of the sampler. */
  readonly poolSeeds: readonly number[];
  readonly best: Best;
  /** Validations in a row without a better one. */
  readonly stale: number;
  /** Spent on the steps done, by all processes. */
  readonly elapsedMs: number;
}

export interface TrainProgress {
  /** Steps done, of how many. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** The validation of this step; null: none was due. */
  readonly validation: Validation | null;
  readonly best: Best;
  /** Whether patience is over: the learning rate goes down to an early end. */
  readonly endsEarly: boolean;
  readonly elapsedMs: number;
}

export interface Trained {
  readonly weights: ReadonlyMap<string, Weight>;
  /** Steps done, and after how many the weights were best. */
  readonly steps: number;
  readonly bestStep: number;
  readonly seconds: number;
  /** Held-out CRPS over that of the base, by task: what the network adds. */
  readonly validation: Readonly<Record<Task, number>>;
}

const clipNorm = 1;
const averageDecay = 0.998;
const validateEveryStepsDefault = 100;
/** Steps that are not representative: they compile kernels. */
const coldSteps = 2;
/** Steps after which the schedule is first laid out; then after twice as many, and so on, for its first quarter. */
const paceSteps = 10;
const paceShare = 1 / 4;

/**
 * Trains the denoiser on random tasks, masks and noise levels; keeps the averaged weights that validated best.
 * The number of steps is fixed after a few steps from the pace and the budget, so that the cosine schedule ends where it should.
 */
export async function trainNetwork(
  fitted: FittedBasis,
  validationPlaces: readonly WindowPlace[],
  options: TrainOptions,
): Promise<Trained> {
  const { shape } = fitted;
  const { seed, marginals, resume } = options;
  const sampling = options.sampling ?? defaultSampling;
  const firstRng = createResumableRng(seed);
  const untrained = initialiseWeights(shape, firstRng);
  const validator = await Validator.create(fitted, validationPlaces, untrained, { seed, sampling, marginals });
  const start = resume ?? stateAtStart(untrained, firstRng.state(), options);
  const training = new Training(fitted, start, sampling, validator, options);
  while (!training.isOver) {
    await options.betweenSteps?.(() => training.state());
    await training.step();
  }
  await options.betweenSteps?.(() => training.state());
  const { step, best, elapsedMs } = training.state();
  return {
    weights: best.weights,
    steps: step,
    bestStep: best.step,
    seconds: elapsedMs / 1000,
    validation: best.byTask,
  };
}

/** Nothing learned: the network's head is zero, so that the bases serve alone, with the spread that was measured for them. */
export const basesAlone = (shape: NetworkShape, seed: number): Trained => ({
  weights: initialiseWeights(shape, createResumableRng(seed)),
  steps: 0,
  bestStep: 0,
  seconds: 0,
  validation: unvalidated.byTask,
});

function stateAtStart(untrained: ReadonlyMap<string, Weight>, rng: RngState, options: TrainOptions): TrainingState {
  const optimiser = new AdamW(untrained, { weightDecay: options.weightDecay, averageDecay }).state();
  return {
    step: 0,
    schedule: { steps: options.stepsMax, paced: false, coolDown: null },
    optimiser,
    rng,
    poolSeeds: [],
    best: { ...unvalidated, step: 0, weights: optimiser.average },
    stale: 0,
    elapsedMs: 0,
  };
}

/** The steps of one process. */
class Training {
  readonly #fitted: FittedBasis;
  readonly #options: TrainOptions;
  readonly #validator: Validator;
  readonly #optimiser: AdamW;
  readonly #rng: ReturnType<typeof createResumableRng>;
  readonly #sampler: TrainingSampler;
  /** Its own clock at the start, less what others have spent before. */
  readonly #startMs: number;
  readonly #firstStep: number;
  readonly #validateEvery: number;
  /** Since when the pace is measured, and after how many steps of this process it is known. */
  #paced = { step: 0, atMs: 0, next: paceSteps };
  #step: number;
  #schedule: Schedule;
  #best: Best;
  #stale: number;
  #isOver: boolean;

  constructor(
    fitted: FittedBasis,
    start: TrainingState,
    sampling: SamplingOptions,
    validator: Validator,
    options: TrainOptions,
  ) {
    const { basis, shape, places, folds } = fitted;
    this.#fitted = fitted;
    this.#options = options;
    this.#validator = validator;
    this.#optimiser = new AdamW(start.optimiser, { weightDecay: options.weightDecay, averageDecay });
    this.#rng = createResumableRng(start.rng);
    this.#sampler = new TrainingSampler(basis, shape, places, folds, this.#rng, sampling, start.poolSeeds);
    this.#startMs = options.elapsedMs() - start.elapsedMs;
    this.#validateEvery = options.validateEverySteps ?? validateEveryStepsDefault;
    this.#firstStep = start.step;
    this.#step = start.step;
    this.#schedule = start.schedule;
    this.#best = start.best;
    this.#stale = start.stale;
    this.#isOver = start.step >= lastStep(start.schedule);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  state(): TrainingState {
    return {
      step: this.#step,
      schedule: this.#schedule,
      optimiser: this.#optimiser.state(),
      rng: this.#rng.state(),
      poolSeeds: this.#sampler.poolSeeds,
      best: this.#best,
      stale: this.#stale,
      elapsedMs: this.#options.elapsedMs() - this.#startMs,
    };
  }

  async step(): Promise<void> {
    const { batchWindows, dropout, learningRate } = this.#options;
    const { loss, gradients } = await lossAndGradients(
      this.#fitted.shape,
      this.#optimiser.weights,
      this.#sampler.draw(batchWindows),
      dropout === undefined ? undefined : { rate: dropout, rng: this.#rng },
    );
    this.#optimiser.update(gradients, learningRateAt(this.#step, this.#schedule, learningRate), clipNorm);
    this.#step++;
    this.#pace();
    const due = isValidated(this.#step, this.#schedule, this.#validateEvery);
    const validation = due ? await this.#validate() : null;
    this.#isOver = this.#step >= lastStep(this.#schedule) || (due && this.#overdue());
    this.#report(loss, validation);
  }

  /**
   * Lays the schedule out by the pace of the latest steps, again and again while it is young: the first ones compile kernels and
   * smooth the windows that the pool starts with, and the steps to come would be taken for as slow as they.
   */
  #pace(): void {
    const done = this.#step - this.#firstStep;
    const { budgetMs, stepsMax, elapsedMs } = this.#options;
    if (done === coldSteps) this.#paced = { step: done, atMs: elapsedMs(), next: paceSteps };
    if (this.#schedule.paced || done !== this.#paced.next) return;
    const nowMs = elapsedMs();
    const stepMs = (nowMs - this.#paced.atMs) / (done - this.#paced.step);
    const leftMs = 0.92 * budgetMs - (nowMs - this.#startMs);
    const affordable = this.#step + Math.floor(Math.max(0, leftMs) / Math.max(stepMs, 1e-3));
    const steps = Math.max(this.#step, Math.min(stepsMax, affordable));
    this.#paced = { step: done, atMs: nowMs, next: 2 * done };
    this.#schedule = { ...this.#schedule, steps, paced: this.#firstStep + 2 * done > paceShare * steps };
  }

  async #validate(): Promise<Validation> {
    const validation = await this.#validator.validate(this.#optimiser.average);
    if (validation.score < this.#best.score) {
      this.#best = { ...validation, step: this.#step, weights: cloneWeights(this.#optimiser.average) };
      this.#stale = 0;
    } else this.#stale++;
    if (this.#schedule.coolDown === null && this.#stale >= (this.#options.patience ?? Number.POSITIVE_INFINITY))
      this.#schedule = coolDownFrom(this.#step, this.#schedule, periodOf(this.#schedule, this.#validateEvery));
    return validation;
  }

  /** The machine has become slower than it was when the schedule was laid out. */
  #overdue(): boolean {
    return this.#options.elapsedMs() - this.#startMs > 1.1 * this.#options.budgetMs;
  }

  #report(loss: number, validation: Validation | null): void {
    this.#options.onProgress?.({
      step: this.#step,
      steps: lastStep(this.#schedule),
      loss,
      validation,
      best: this.#best,
      endsEarly: this.#schedule.coolDown !== null,
      elapsedMs: this.#options.elapsedMs() - this.#startMs,
    });
  }
}
