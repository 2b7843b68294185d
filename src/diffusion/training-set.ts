import { createRng, type Rng } from '../core/rng.ts';
import type { DirectRidge } from './base/direct-ridge.ts';
import { foldOf } from './base/direct-ridge.ts';
import type { GapEstimate } from './base/smooth-gaps.ts';
import { CallBatch, smoothWindow, tokenIndex, writeCall } from './call.ts';
import { channelMask, forecastMask, gapMask, scoreHorizons, scoreRows, suffixMask } from './masks.ts';
import type { ModelBasis } from './model.ts';
import type { NetworkShape } from './network.ts';
import type { TrainingBatch } from './ops/tfjs-gradient.ts';
import { noiseFeatures, noiseFrequencies, nullSigma, precondition } from './precondition.ts';
import { type Task, tasks } from './task.ts';

/** A stretch of one series on the grid. */
export interface Segment {
  /** [rows, active channel], normalised; NaN where missing. */
  readonly z: Float32Array;
  readonly rows: number;
  readonly startMs: number;
  /** Class of the series; absent or -1: none. */
  readonly seriesClass?: number;
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

/** How training draws its windows. */
export interface SamplingOptions {
  /** Shares of the tasks, of any sum: forecasts need the most draws, scores the fewest. */
  readonly shares: Readonly<Record<Task, number>>;
  /** Cells to hide of a window [length, channels]; `donor`: another window, NaN where missing. */
  readonly gapMask: (rng: Rng, length: number, channels: number, donor: Float32Array | null) => Uint8Array;
  /** Share of the draws at the null level. */
  readonly nullShare: number;
  /** Smoothed windows kept at most. */
  readonly poolWindows: number;
  /** How often one of them is drawn on average before a new one takes its place. */
  readonly reuse: number;
}

/** Windows that the pool starts with: enough that the first steps do not learn them by heart. */
const poolStart = 128;
const poolBytesMax = 256 * 1_048_576;
/** Mean, spread, leave-one-out and mask of a cell. */
const pooledCellBytes = 13;

export const defaultSampling: SamplingOptions = {
  shares: { impute: 0.28, forecast: 0.38, score: 0.18, cross: 0.16 },
  gapMask,
  nullShare: 0.4,
  poolWindows: 4000,
  reuse: 4,
};

/** A window with its gaps, ready to be called. */
interface GapDraw {
  readonly place: WindowPlace;
  readonly generated: Uint8Array;
  readonly smoothed?: GapEstimate;
}

/** Made from its seed alone, when it is first drawn: a training that goes on needs the seeds and nothing else. */
interface PooledGaps {
  readonly seed: number;
  draw: GapDraw | null;
}

/** Draws training batches: window, task, mask, noise level, noise. */
export class TrainingSampler {
  readonly #basis: ModelBasis;
  readonly #shape: NetworkShape;
  readonly #places: readonly WindowPlace[];
  readonly #folds: readonly DirectRidge[];
  readonly #rng: Rng;
  readonly #options: SamplingOptions;
  readonly #pool: PooledGaps[];

  /** @param poolSeeds as another sampler gave them, to go on where it stood */
  constructor(
    basis: ModelBasis,
    shape: NetworkShape,
    places: readonly WindowPlace[],
    folds: readonly DirectRidge[],
    rng: Rng,
    options: SamplingOptions = defaultSampling,
    poolSeeds: readonly number[] = [],
  ) {
    this.#options = options;
    this.#pool = poolSeeds.map((seed) => ({ seed, draw: null }));
    this.#basis = basis;
    this.#shape = shape;
    this.#places = places;
    this.#folds = folds;
    this.#rng = rng;
  }

  /** The pool of windows with gaps, each by the seed that it is made from. */
  get poolSeeds(): number[] {
    return this.#pool.map(({ seed }) => seed);
  }

  draw(size: number): TrainingBatch {
    const rng = this.#rng;
    return makeBatch(this.#basis, this.#shape, size, rng, () => {
      const task = taskAt(rng.uniform(), this.#shares());
      const sigma = rng.uniform() < this.#options.nullShare ? null : Math.exp(-0.4 + 1.2 * rng.normal());
      // now and then without its class, so that a series of no class is served well too
      const hidden = this.#basis.classes.length > 0 && rng.uniform() < 0.1 ? { seriesClass: -1 } : {};
      if (task === 'impute') return { task, sigma, ...hidden, ...this.#gaps() };
      const place = this.#place(rng);
      const ridge = this.#folds[place.fold];
      const planned =
        task === 'forecast' && this.#basis.planned.length > 0
          ? { plannedRows: plannedRows(rng, this.#basis.horizon) }
          : {};
      return { place, task, sigma, ...hidden, ...planned, ...(ridge === undefined ? {} : { ridge }) };
    });
  }

  #place(rng: Rng): WindowPlace {
    return this.#places[rng.integer(this.#places.length)] as WindowPlace;
  }

  /** Without groups of channels their share goes to the gaps. */
  #shares(): SamplingOptions['shares'] {
    const { shares } = this.#options;
    return this.#basis.cross.groups.length > 0 ? shares : { ...shares, impute: shares.impute + shares.cross, cross: 0 };
  }

  /**
   * A window with gaps. To smooth one costs about as much as a training step spends on it: smoothed windows are kept and drawn again
   * with new noise. The pool starts with a few and grows, then changes, by one window in every `reuse` draws: four, because masks
   * that come sixteen times are learnt by heart (AQI-36: held-out CRPS over that of the base .992 after 94 steps, then rising to 1.01).
   */
  #gaps(): GapDraw {
    const rng = this.#rng;
    if (this.#basis.gaps === null) return this.#freshGaps(rng);
    const cells = this.#shape.length * this.#shape.channels;
    const { reuse } = this.#options;
    const poolWindows = Math.min(this.#options.poolWindows, Math.floor(poolBytesMax / (pooledCellBytes * cells)));
    const fresh = (): PooledGaps => ({ seed: rng.integer(2 ** 31), draw: null });
    while (this.#pool.length < Math.min(poolStart, poolWindows)) this.#pool.push(fresh());
    if (rng.uniform() * reuse < 1) {
      if (this.#pool.length < poolWindows) this.#pool.push(fresh());
      else this.#pool[rng.integer(this.#pool.length)] = fresh();
    }
    return this.#drawn(this.#pool[rng.integer(this.#pool.length)] as PooledGaps);
  }

  #drawn(pooled: PooledGaps): GapDraw {
    pooled.draw ??= this.#freshGaps(createRng(pooled.seed));
    return pooled.draw;
  }

  #freshGaps(rng: Rng): GapDraw {
    const { length, channels } = this.#shape;
    const place = this.#place(rng);
    const z = windowAt(place, length, channels);
    const mask = this.#options.gapMask(rng, length, channels, windowAt(this.#place(rng), length, channels));
    return gapDraw(this.#basis, this.#shape, place, z, mask);
  }
}

/** How far a plan reaches in one draw: mostly all the way; now and then not to the end, or not at all, so that this is served well too. */
function plannedRows(rng: Rng, horizon: number): number {
  const at = rng.uniform();
  return at < 0.75 ? horizon : at < 0.9 ? rng.integer(horizon) : 0;
}

/** A task by its share of the draws. */
function taskAt(at: number, shares: SamplingOptions['shares']): Task {
  const total = tasks.reduce((sum, task) => sum + shares[task], 0);
  let reached = 0;
  for (const task of tasks) {
    reached += shares[task] / total;
    if (at < reached) return task;
  }
  return tasks.findLast((task) => shares[task] > 0) as Task;
}

/** One draw of a task at the null level at a given place: what validation and calibration judge by. */
export function nullDraw(
  basis: ModelBasis,
  shape: NetworkShape,
  place: WindowPlace,
  task: Task,
  mask: () => Uint8Array,
): Draw {
  if (task !== 'impute') return { place, task, sigma: null };
  const z = windowAt(place, shape.length, shape.channels);
  return { task, sigma: null, ...gapDraw(basis, shape, place, z, mask()) };
}

/** The mask laid over a window, and what the smoother makes of it where there is one. */
function gapDraw(
  basis: ModelBasis,
  shape: NetworkShape,
  place: WindowPlace,
  z: Float32Array,
  mask: Uint8Array,
): GapDraw {
  const { length, channels } = shape;
  const generated = mask.map((m, i) => (m === 1 || Number.isNaN(z[i] as number) ? 1 : 0));
  if (basis.gaps === null) return { place, generated };
  const known = generated.map((g) => 1 - g);
  const startMs = place.segment.startMs + place.row * basis.stepMs;
  return { place, generated, smoothed: smoothWindow(basis.gaps, z, known, length, channels, startMs) };
}

export interface Draw {
  readonly place: WindowPlace;
  readonly task: Task;
  /** null: the null level. */
  readonly sigma: number | null;
  readonly ridge?: DirectRidge;
  /** Cells to generate where the task is to fill gaps. */
  readonly generated?: Uint8Array;
  readonly smoothed?: GapEstimate;
  /** Rows of a forecast whose plan is known; absent: all. */
  readonly plannedRows?: number;
  /** Another class than that of the series: -1 hides it. */
  readonly seriesClass?: number;
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
        ? (draw.generated as Uint8Array)
        : draw.task === 'cross'
          ? channelMask(length, channels, group)
          : draw.task === 'forecast'
            ? forecastMask(z, length, channels, suffixRows, basis.planned, draw.plannedRows)
            : suffixMask(length, channels, suffixRows, basis.measured);
    const startMs = draw.place.segment.startMs + draw.place.row * basis.stepMs;
    writeCall(
      calls,
      index,
      basis,
      { z, generated, task: draw.task, seriesClass: draw.seriesClass ?? draw.place.segment.seriesClass ?? -1, startMs },
      {
        suffixRows,
        group,
        ...(draw.ridge === undefined ? {} : { ridge: draw.ridge }),
        ...(draw.smoothed === undefined ? {} : { smoothed: draw.smoothed }),
      },
    );
    writeTargets(batch, index, shape, calls, basis.residualScale[draw.task], z, generated, draw.sigma, rng);
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
  calls: Pick<CallBatch, 'base' | 'spread'>,
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
      const unit = (scale[d] as number) * (calls.spread[offset + i] as number);
      const target = known ? clipTarget(((z[i] as number) - (calls.base[offset + i] as number)) / unit) : 0;
      batch.target[at] = target;
      batch.weight[at] = known ? 1 : 0;
      if (sigma !== null) batch.zSigma[at] = target + sigma * rng.normal();
    }
  }
}
