import type { Rng } from '../core/rng.ts';
import type { DirectRidge } from './base/direct-ridge.ts';
import { foldOf } from './base/direct-ridge.ts';
import { CallBatch, tokenIndex, writeCall } from './call.ts';
import { channelMask, gapMask, scoreHorizons, scoreRows, suffixMask } from './masks.ts';
import type { ModelBasis } from './model.ts';
import type { NetworkShape } from './network.ts';
import type { TrainingBatch } from './ops/tfjs-gradient.ts';
import { noiseFeatures, noiseFrequencies, nullSigma, precondition } from './precondition.ts';
import type { Task } from './task.ts';

/** A stretch of one series on the grid. */
export interface Segment {
  /** [rows, active channel], normalised; NaN where missing. */
  readonly z: Float32Array;
  readonly rows: number;
  readonly startMs: number;
}

/** A place where a whole window fits. `fold`: which cross-fitted ridge has not seen it. */
export interface WindowPlace {
  readonly segment: Segment;
  readonly row: number;
  readonly fold: number;
}

/** Windows every `stride` rows with at least a fifth of their cells observed, series by series in time order. */
export function windowPlaces(
  segments: readonly Segment[],
  length: number,
  channels: number,
  stride: number,
): WindowPlace[] {
  const places: { segment: Segment; row: number }[] = [];
  for (const segment of segments) {
    for (let row = 0; row + length <= segment.rows; row += stride) {
      const cells = segment.z.subarray(row * channels, (row + length) * channels);
      let observed = 0;
      for (const value of cells) if (!Number.isNaN(value)) observed++;
      if (observed >= 0.2 * cells.length) places.push({ segment, row });
    }
  }
  return places.map((place, i) => ({ ...place, fold: foldOf(i, places.length) }));
}

export const windowAt = (place: WindowPlace, length: number, channels: number): Float32Array =>
  place.segment.z.subarray(place.row * channels, (place.row + length) * channels);

/** Draws training batches: window, task, mask, noise level, noise. */
export class TrainingSampler {
  readonly #basis: ModelBasis;
  readonly #shape: NetworkShape;
  readonly #places: readonly WindowPlace[];
  readonly #folds: readonly DirectRidge[];
  readonly #rng: Rng;

  constructor(
    basis: ModelBasis,
    shape: NetworkShape,
    places: readonly WindowPlace[],
    folds: readonly DirectRidge[],
    rng: Rng,
  ) {
    this.#basis = basis;
    this.#shape = shape;
    this.#places = places;
    this.#folds = folds;
    this.#rng = rng;
  }

  draw(size: number): TrainingBatch {
    const rng = this.#rng;
    return makeBatch(this.#basis, this.#shape, size, rng, () => {
      const place = this.#places[rng.integer(this.#places.length)] as WindowPlace;
      const kind = rng.uniform();
      const task = taskAt(kind, this.#basis.cross.groups.length > 0);
      const donor = task === 'impute' ? (this.#places[rng.integer(this.#places.length)] as WindowPlace) : null;
      const ridge = this.#folds[place.fold];
      return {
        place,
        task,
        donor,
        sigma: rng.uniform() < 0.4 ? null : Math.exp(-0.4 + 1.2 * rng.normal()),
        ...(ridge === undefined ? {} : { ridge }),
      };
    });
  }
}

/** Shares of the tasks: forecasts need the most draws, scores the fewest. */
function taskAt(kind: number, hasGroups: boolean): Task {
  if (kind < 0.38) return 'forecast';
  if (kind < 0.56) return 'score';
  return hasGroups && kind < 0.72 ? 'cross' : 'impute';
}

export interface Draw {
  readonly place: WindowPlace;
  readonly task: Task;
  readonly donor: WindowPlace | null;
  /** null: the null level. */
  readonly sigma: number | null;
  readonly ridge?: DirectRidge;
}

/** Fills a batch from draws; masks and noise come from `rng`. */
export function makeBatch(
  basis: ModelBasis,
  shape: NetworkShape,
  size: number,
  rng: Rng,
  next: (index: number) => Draw,
): TrainingBatch {
  const { length, channels } = shape;
  const calls = new CallBatch(shape, size);
  const cells = length * channels;
  const perCell = () => new Float32Array(size * cells);
  const batch = {
    size,
    cells: calls.cells,
    time: calls.time,
    task: calls.task,
    zSigma: perCell(),
    target: perCell(),
    weight: perCell(),
    noise: new Float32Array(size * 2 * noiseFrequencies),
    cIn: new Float32Array(size),
    cSkip: new Float32Array(size),
    cOut: new Float32Array(size),
  };
  for (let index = 0; index < size; index++) {
    const draw = next(index);
    const z = windowAt(draw.place, length, channels);
    const horizon = scoreHorizons[rng.integer(scoreHorizons.length)] as number;
    const suffixRows =
      draw.task === 'forecast' ? basis.horizon : draw.task === 'score' ? scoreRows(horizon, length) : 0;
    const group = basis.cross.groups[rng.integer(Math.max(1, basis.cross.groups.length))] ?? [];
    const generated =
      draw.task === 'impute'
        ? gapMask(rng, length, channels, draw.donor === null ? null : windowAt(draw.donor, length, channels))
        : draw.task === 'cross'
          ? channelMask(length, channels, group)
          : suffixMask(length, channels, suffixRows, draw.task === 'score' ? basis.measured : undefined);
    const startMs = draw.place.segment.startMs + draw.place.row * basis.stepMs;
    const gaps =
      draw.task === 'impute' ? generated.map((g, i) => (g === 1 || Number.isNaN(z[i] as number) ? 1 : 0)) : generated;
    writeCall(
      calls,
      index,
      basis,
      { z, generated: gaps, task: draw.task, startMs },
      { suffixRows, group, ...(draw.ridge === undefined ? {} : { ridge: draw.ridge }) },
    );
    writeTargets(
      batch,
      index,
      shape,
      calls.base.subarray(index * cells, (index + 1) * cells),
      basis.residualScale[draw.task],
      z,
      gaps,
      draw.sigma,
      rng,
    );
  }
  return batch;
}

/** A rare spike must not make the noisy input of the network useless. */
const targetMax = 30;
const clipTarget = (v: number) => Math.min(targetMax, Math.max(-targetMax, v));

type Writable = Omit<TrainingBatch, 'size'>;

function writeTargets(
  batch: Writable,
  index: number,
  shape: NetworkShape,
  base: Float32Array,
  scale: Float32Array,
  z: Float32Array,
  generated: Uint8Array,
  sigma: number | null,
  rng: Rng,
): void {
  const { length, channels } = shape;
  const offset = index * length * channels;
  const level = sigma ?? nullSigma;
  const { cIn, cSkip, cOut } = precondition(level);
  noiseFeatures(level, batch.noise, index * 2 * noiseFrequencies);
  batch.cIn[index] = cIn;
  batch.cSkip[index] = cSkip;
  batch.cOut[index] = cOut;
  for (let t = 0; t < length; t++) {
    for (let d = 0; d < channels; d++) {
      const i = t * channels + d;
      if (generated[i] === 0) continue;
      const at = offset + tokenIndex(shape, t, d);
      const known = !Number.isNaN(z[i] as number);
      const target = known ? clipTarget(((z[i] as number) - (base[i] as number)) / (scale[d] as number)) : 0;
      batch.target[at] = target;
      batch.weight[at] = known ? 1 : 0;
      if (sigma !== null) batch.zSigma[at] = target + sigma * rng.normal();
    }
  }
}
