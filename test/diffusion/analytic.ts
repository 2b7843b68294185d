import { determinant, inverse, Matrix } from 'ml-matrix';
import type { Rng } from '../../src/core/rng.ts';
import type { Denoise, Sampler } from '../../src/diffusion/sampler/contract.ts';
import { type Plain, plain, plainOps } from './plain-ops.ts';

/** A Gaussian law: its denoiser and its density at every noise level are known in closed form. */
export interface Gaussian {
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

export interface Part extends Gaussian {
  readonly weight: number;
}

/** A Gaussian mixture. One part of weight 1 is a Gaussian. */
export type Mixture = readonly Part[];

export const gaussian = (mean: readonly number[], covariance: Gaussian['covariance']): Mixture => [
  { weight: 1, mean, covariance },
];

/** Three correlated cells with means. */
export const threeCells = gaussian(
  [0.5, -1, 0.2],
  [
    [1, 0.7, 0.2],
    [0.7, 0.8, -0.1],
    [0.2, -0.1, 0.5],
  ],
);

/** Two cells, two humps, each with a dependence of its own. */
export const twoHumps: Mixture = [
  {
    weight: 0.3,
    mean: [-1.2, 0.6],
    covariance: [
      [0.2, 0.12],
      [0.12, 0.15],
    ],
  },
  {
    weight: 0.7,
    mean: [0.7, -0.4],
    covariance: [
      [0.3, -0.15],
      [-0.15, 0.2],
    ],
  },
];

const noisy = ({ covariance }: Gaussian, sigma: number): Matrix =>
  Matrix.add(new Matrix(covariance as number[][]), Matrix.eye(covariance.length).mul(sigma * sigma));

/** Everything about the parts at one noise level that does not depend on z. */
function prepare(law: Mixture, sigma: number) {
  return law.map((part) => {
    const total = noisy(part, sigma);
    const precision = inverse(total);
    return {
      part,
      precision,
      gain: new Matrix(part.covariance as number[][]).mmul(precision),
      logConstant:
        Math.log(part.weight) - (part.mean.length * Math.log(2 * Math.PI) + Math.log(determinant(total))) / 2,
    };
  });
}

function partLogDensities(prepared: ReturnType<typeof prepare>, z: ArrayLike<number>): number[] {
  return prepared.map(({ part, precision, logConstant }) => {
    const centred = part.mean.map((m, i) => (z[i] as number) - m);
    let quadratic = 0;
    for (let i = 0; i < centred.length; i++)
      for (let j = 0; j < centred.length; j++) quadratic += centred[i] * precision.get(i, j) * centred[j];
    return logConstant - quadratic / 2;
  });
}

const logSum = (values: readonly number[]) => {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((a, v) => a + Math.exp(v - top), 0));
};

/** ln p(z) of the law blurred by noise of level sigma. */
export const logDensity = (law: Mixture, z: ArrayLike<number>, sigma = 0): number =>
  logSum(partLogDensities(prepare(law, sigma), z));

/** E[x_0 | z] exactly; z is [batch, cells]. */
export function exactDenoise(law: Mixture): Denoise<Plain> {
  const levels = new Map<number, ReturnType<typeof prepare>>();
  return (z, sigma) => {
    const prepared = levels.get(sigma) ?? prepare(law, sigma);
    levels.set(sigma, prepared);
    const cells = law[0].mean.length;
    const values = new Float64Array(z.values.length);
    for (let at = 0; at < values.length; at += cells) {
      const row = z.values.subarray(at, at + cells);
      const logs = partLogDensities(prepared, row);
      const total = logSum(logs);
      prepared.forEach(({ part, gain }, k) => {
        const share = Math.exp(logs[k] - total);
        for (let i = 0; i < cells; i++) {
          let value = part.mean[i];
          for (let j = 0; j < cells; j++) value += gain.get(i, j) * (row[j] - part.mean[j]);
          values[at + i] += share * value;
        }
      });
    }
    return { shape: z.shape, values };
  };
}

/** The law of the cells that are not known, given those that are; the order of the cells stays. */
export function conditional({ mean, covariance }: Gaussian, known: ReadonlyMap<number, number>): Gaussian {
  const free = mean.flatMap((_, i) => (known.has(i) ? [] : [i]));
  const given = [...known.keys()];
  const block = (rows: readonly number[], columns: readonly number[]) =>
    new Matrix(rows.map((i) => columns.map((j) => covariance[i][j])));
  const gain = block(free, given).mmul(inverse(block(given, given)));
  const surprise = Matrix.columnVector(given.map((i) => (known.get(i) as number) - mean[i]));
  const shift = gain.mmul(surprise).to1DArray();
  return {
    mean: free.map((i, k) => mean[i] + shift[k]),
    covariance: Matrix.sub(block(free, free), gain.mmul(block(given, free))).to2DArray(),
  };
}

export const normalRows = (rng: Rng, rows: number, cells: number, scale = 1): Plain =>
  plain(
    Float64Array.from({ length: rows * cells }, () => scale * rng.normal()),
    [rows, cells],
  );

/** Sample paths of a law by a sampler: [rows, cells]. */
export function samplePaths(
  sampler: Sampler,
  law: Mixture,
  sigmas: readonly number[],
  rows: number,
  rng: Rng,
): Float64Array {
  const cells = law[0].mean.length;
  const start = normalRows(rng, rows, cells, sigmas[0]);
  const noise = sigmas.slice(1).map(() => normalRows(rng, rows, cells));
  return sampler(plainOps, exactDenoise(law), start, sigmas, noise).values;
}

/**
 * Mean and covariance of what a sampler makes of a Gaussian, without chance: with a linear denoiser the sample is an affine
 * function of all draws, which is read off by feeding it nothing and each draw alone.
 */
export function exactMoments(
  sampler: Sampler,
  law: Mixture,
  sigmas: readonly number[],
): { mean: number[]; covariance: number[][] } {
  const cells = law[0].mean.length;
  const draws = sigmas.length * cells;
  const rows = draws + 1;
  const input = (k: number, scale: number) =>
    plain(
      Float64Array.from({ length: rows * cells }, (_, i) =>
        Math.floor(i / cells) === 1 + k * cells + (i % cells) ? scale : 0,
      ),
      [rows, cells],
    );
  const noise = sigmas.slice(1).map((_, k) => input(k + 1, 1));
  const out = sampler(plainOps, exactDenoise(law), input(0, sigmas[0]), sigmas, noise).values;
  const at = (row: number, i: number) => out[row * cells + i];
  const each = Array.from({ length: cells }, (_, i) => i);
  return {
    mean: each.map((i) => at(0, i)),
    covariance: each.map((i) =>
      each.map((j) => {
        let sum = 0;
        for (let row = 1; row < rows; row++) sum += (at(row, i) - at(0, i)) * (at(row, j) - at(0, j));
        return sum;
      }),
    ),
  };
}

/** Largest deviation of two matrices. */
export const largestGap = (a: Gaussian['covariance'], b: Gaussian['covariance']): number =>
  Math.max(...a.flatMap((row, i) => row.map((v, j) => Math.abs(v - b[i][j]))));

/** Sample mean with its standard error. */
export function meanOf(values: ArrayLike<number>): { mean: number; error: number } {
  const all = Array.from(values);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const variance = all.reduce((a, b) => a + (b - mean) ** 2, 0) / (all.length - 1);
  return { mean, error: Math.sqrt(variance / all.length) };
}
