import { createRng } from '../core/rng.ts';
import type { FittedBasis } from './fit-basis.ts';
import { logisticCrps } from './logistic.ts';
import type { Weight } from './model.ts';
import type { TrainingBatch } from './ops/tfjs-gradient.ts';
import { type Task, tasks } from './task.ts';
import { type Draw, makeBatch, nullDraw, type SamplingOptions, type WindowPlace, windowAt } from './training-set.ts';

/** Law of every generated cell at the null level for a batch, with the given weights: [batch, token, channel, patch]. */
export type Marginals = (
  weights: ReadonlyMap<string, Weight>,
  batch: TrainingBatch,
) => Promise<{ location: Float32Array; scale: Float32Array }>;

/** CRPS on held-out windows over that of the base with a zero head: below 1 is a gain. */
export interface Validation {
  /** Mean over the tasks that are trained. */
  readonly score: number;
  readonly byTask: Readonly<Record<Task, number>>;
}

const windowsMax = 48;

export const unvalidated: Validation = { score: 1, byTask: { impute: 1, forecast: 1, score: 1, cross: 1 } };

/** One fixed batch a task, at the null level, spread over the held-out places: every call judges weights by the same cells. */
export class Validator {
  readonly #batches: ReadonlyMap<Task, TrainingBatch>;
  readonly #marginals: Marginals;
  readonly #reference: ReadonlyMap<Task, number>;

  private constructor(
    batches: ReadonlyMap<Task, TrainingBatch>,
    marginals: Marginals,
    reference: ReadonlyMap<Task, number>,
  ) {
    this.#batches = batches;
    this.#marginals = marginals;
    this.#reference = reference;
  }

  /** @param untrained weights with a zero head, which are the base */
  static async create(
    fitted: FittedBasis,
    places: readonly WindowPlace[],
    untrained: ReadonlyMap<string, Weight>,
    options: { readonly seed: number; readonly sampling: SamplingOptions; readonly marginals: Marginals },
  ): Promise<Validator> {
    const batches = validationBatches(fitted, places, options.seed, options.sampling);
    const reference = await crpsByTask(untrained, batches, options.marginals);
    return new Validator(batches, options.marginals, reference);
  }

  async validate(weights: ReadonlyMap<string, Weight>): Promise<Validation> {
    const now = await crpsByTask(weights, this.#batches, this.#marginals);
    const byTask = { ...unvalidated.byTask };
    for (const [task, crps] of now) byTask[task] = crps / (this.#reference.get(task) as number);
    const ratios = [...now.keys()].map((task) => byTask[task]);
    return { score: ratios.reduce((a, b) => a + b, 0) / ratios.length, byTask };
  }
}

function validationBatches(
  fitted: FittedBasis,
  places: readonly WindowPlace[],
  seed: number,
  sampling: SamplingOptions,
): Map<Task, TrainingBatch> {
  const rng = createRng(seed ^ 0x5eed);
  const size = Math.min(windowsMax, places.length);
  const { length, channels } = fitted.shape;
  const trained = tasks.filter((task) => sampling.shares[task] > 0);
  return new Map(
    trained.map((task) => [
      task,
      makeBatch(fitted.basis, fitted.shape, size, rng, (index): Draw => {
        const place = places[Math.floor((index * places.length) / size)] as WindowPlace;
        const donor = () => windowAt(places[rng.integer(places.length)] as WindowPlace, length, channels);
        return nullDraw(fitted.basis, fitted.shape, place, task, () =>
          sampling.gapMask(rng, length, channels, donor()),
        );
      }),
    ]),
  );
}

async function crpsByTask(
  weights: ReadonlyMap<string, Weight>,
  batches: ReadonlyMap<Task, TrainingBatch>,
  marginals: Marginals,
): Promise<Map<Task, number>> {
  const out = new Map<Task, number>();
  for (const [task, batch] of batches) {
    const { location, scale } = await marginals(weights, batch);
    let sum = 0;
    let count = 0;
    for (let i = 0; i < batch.weight.length; i++) {
      if (batch.weight[i] === 0) continue;
      sum += logisticCrps(batch.target[i] as number, location[i] as number, scale[i] as number);
      count++;
    }
    out.set(task, count === 0 ? 1 : sum / count);
  }
  return out;
}
