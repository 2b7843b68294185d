import { createRng, type Rng } from '../../src/core/rng.ts';
import { neutralCalibration } from '../../src/diffusion/calibration.ts';
import { CallBatch, cellFeatureCount, tokenFeatureCount } from '../../src/diffusion/call.ts';
import { type FittedBasis, fitBasis } from '../../src/diffusion/fit-basis.ts';
import { initialiseWeights } from '../../src/diffusion/initialise.ts';
import type { Model, Weight } from '../../src/diffusion/model.ts';
import { type NetworkShape, parameterSpecs } from '../../src/diffusion/network.ts';
import type { GridSeries } from '../../src/diffusion/normal.ts';
import { drawCounts, type SamplerSpec } from '../../src/diffusion/sampler/method.ts';
import { tasks } from '../../src/diffusion/task.ts';

export const minuteMs = 60_000;

export const shapeOf = (changes: Partial<NetworkShape> = {}): NetworkShape => ({
  length: 16,
  channels: 3,
  patch: 4,
  width: 8,
  blocks: 1,
  cellFeatures: cellFeatureCount(false),
  tokenFeatures: tokenFeatureCount,
  timeFeatures: 2,
  tasks: tasks.length,
  ...changes,
});

export const normals = (rng: Rng, length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, () => scale * rng.normal());

/** Weights all of which matter: nothing is zero, unlike at the start of training. */
export function randomWeights(shape: NetworkShape, rng: Rng, scale = 0.2): Map<string, Weight> {
  return new Map(
    [...parameterSpecs(shape)].map(([name, spec]) => [
      name,
      {
        shape: spec.shape,
        values: normals(
          rng,
          spec.shape.reduce((a, b) => a * b, 1),
          scale,
        ),
      },
    ]),
  );
}

/** A batch of random inputs; call k is for task k mod the number of tasks; a third of the cells is to be generated. */
export function randomBatch(shape: NetworkShape, size: number, rng: Rng): CallBatch {
  const batch = new CallBatch(shape, size);
  batch.cells.set(normals(rng, batch.cells.length));
  const stride = shape.patch * shape.cellFeatures + shape.tokenFeatures;
  for (let at = 0; at < batch.cells.length; at += stride)
    for (let p = 0; p < shape.patch; p++) batch.cells[at + p * shape.cellFeatures] = rng.uniform() < 1 / 3 ? 1 : 0;
  batch.time.set(normals(rng, batch.time.length));
  for (let k = 0; k < size; k++) batch.task[k * shape.tasks + (k % shape.tasks)] = 1;
  return batch;
}

/** Draws of `size` paths; not of the law that a sampler wants, but none of them is zero. */
export function randomDraws(
  sampler: SamplerSpec,
  size: number,
  cells: number,
  rng: Rng,
): { logistic: Float32Array; normal: Float32Array } {
  const { logistic, normal } = drawCounts(sampler);
  return { logistic: normals(rng, size * logistic * cells), normal: normals(rng, size * normal * cells) };
}

/**
 * Three coupled channels: two noisy mixtures of one slow oscillation of random phase drift, and one that follows the first
 * with a lag. What one channel misses, the others know; a line between two points does not.
 */
export function coupledSeries(
  name: string,
  rows: number,
  seed: number,
  options: { readonly missing?: number; readonly constant?: number } = {},
): GridSeries {
  const rng = createRng(seed);
  const channels = 3 + (options.constant ?? 0);
  const values = new Float64Array(rows * channels);
  let phase = 2 * Math.PI * rng.uniform();
  let echo = 0;
  for (let t = 0; t < rows; t++) {
    phase += 0.9 + 0.25 * rng.normal();
    const wave = Math.sin(phase);
    echo = 0.5 * echo + 0.5 * wave;
    const row = [
      50 + 10 * wave + 0.5 * rng.normal(),
      -3 + 2 * wave + 0.1 * rng.normal(),
      0.2 + 0.04 * echo + 0.002 * rng.normal(),
    ];
    for (let c = 3; c < channels; c++) row.push(7);
    row.forEach((value, c) => {
      values[t * channels + c] = rng.uniform() < (options.missing ?? 0) ? Number.NaN : value;
    });
  }
  return { series: name, startMs: 1_700_000_040_000, rows, values };
}

export const basisOptions = (changes = {}) => ({
  measured: [true, true, true],
  stepMs: minuteMs,
  length: 32,
  horizon: 8,
  patch: 4,
  width: 8,
  blocks: 1,
  crossGroups: 2,
  gapBase: 'interpolation' as const,
  ...changes,
});

export const fitted = (series: readonly GridSeries[], changes = {}, seed = 1): FittedBasis =>
  fitBasis(series, basisOptions(changes), createRng(seed));

/** A model of a fitted basis with the weights given, else those of the start of training. */
export function modelOf(
  { basis, shape }: FittedBasis,
  weights: ReadonlyMap<string, Weight> = initialiseWeights(shape, createRng(3)),
): Model {
  return {
    version: '0123456789ab',
    shape,
    basis,
    weights,
    calibration: neutralCalibration(basis.priors.length, shape.channels),
  };
}

export const largest = (values: Iterable<number>): number => {
  let max = 0;
  for (const value of values) max = Math.max(max, Math.abs(value));
  return max;
};

/** Largest deviation of `a` from `b` in units of the largest magnitude of `b`. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let top = 0;
  for (let i = 0; i < b.length; i++) {
    const deviation = Math.abs(a[i] - b[i]);
    if (Number.isNaN(deviation)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, deviation);
    top = Math.max(top, Math.abs(b[i]));
  }
  return worst / Math.max(top, 1e-30);
}
