import assert from 'node:assert/strict';
import { createRng } from '../../../src/core/rng.ts';
import type { Sampler } from '../../../src/diffusion/sampler/contract.ts';
import { karrasSigmas } from '../../../src/diffusion/schedule/karras-sigmas.ts';
import {
  conditional,
  exactDenoise,
  exactMoments,
  gaussian,
  largestGap,
  type Mixture,
  meanOf,
  samplePaths,
  threeCells,
  twoHumps,
} from '../analytic.ts';
import { type Plain, plain, plainOps } from '../plain-ops.ts';

/** The truth about one cell of N(0, variance) on the probability-flow ODE: z grows as the standard deviation of z_sigma. */
export function flowError(sampler: Sampler, steps: number, variance = 0.5, from = 5, to = 0.5): number {
  const sigmas = karrasSigmas(steps + 1, to, from).slice(0, -1);
  const z = sampler(plainOps, exactDenoise(gaussian([0], [[variance]])), plain([3], [1, 1]), sigmas, []);
  return Math.abs(z.values[0] - 3 * Math.sqrt((variance + to ** 2) / (variance + from ** 2)));
}

/** Observed order of convergence between n and 2 n steps. */
export const orderOf = (sampler: Sampler, steps: number): number =>
  Math.log2(flowError(sampler, steps) / flowError(sampler, 2 * steps));

/** Mean and covariance of Gaussian data come out, exactly, within a tolerance that belongs to the number of steps. */
export function checkGaussian(sampler: Sampler, steps: number, tolerance: number): void {
  const moments = exactMoments(sampler, threeCells, karrasSigmas(steps, 0.01, 200));
  const [{ mean, covariance }] = threeCells;
  const gaps = [largestGap([moments.mean], [mean]), largestGap(moments.covariance, covariance)];
  assert.ok(
    gaps.every((gap) => gap < tolerance),
    `mean off by ${gaps[0]}, covariance by ${gaps[1]}`,
  );
}

/** The exact law of the free cells given the known ones; known cells are 0 on both sides, as in the network's convention. */
export function checkConditional(sampler: Sampler, steps: number, tolerance: number): void {
  const [law] = threeCells;
  const given = conditional(law, new Map([[1, 0.4]]));
  const inner = exactDenoise([{ weight: 1, ...given }]);
  const rows = (x: Plain) => x.values.length / 3;
  const denoise = (z: Plain, sigma: number): Plain => {
    const free = Float64Array.from({ length: 2 * rows(z) }, (_, i) => z.values[3 * Math.floor(i / 2) + 2 * (i % 2)]);
    const { values } = inner(plain(free, [rows(z), 2]), sigma);
    return plain(
      z.values.map((_, i) => (i % 3 === 1 ? 0 : values[2 * Math.floor(i / 3) + (i % 3) / 2])),
      z.shape,
    );
  };
  const sigmas = karrasSigmas(steps, 0.01, 80);
  const rng = createRng(31);
  const mask = (scale: number) =>
    plain(
      Float64Array.from({ length: 3 * 4000 }, (_, i) => (i % 3 === 1 ? 0 : scale * rng.normal())),
      [4000, 3],
    );
  const out = sampler(
    plainOps,
    denoise,
    mask(sigmas[0]),
    sigmas,
    sigmas.slice(1).map(() => mask(1)),
  ).values;
  const column = (i: number) => Float64Array.from({ length: 4000 }, (_, k) => out[3 * k + i]);
  assert.ok(column(1).every((v) => v === 0));
  [column(0), column(2)].forEach((values, i) => {
    const { mean, error } = meanOf(values);
    assert.ok(Math.abs(mean - given.mean[i]) < 4.5 * error + tolerance, `mean ${mean}, expected ${given.mean[i]}`);
    const spread = meanOf(values.map((v) => (v - given.mean[i]) ** 2));
    assert.ok(Math.abs(spread.mean - given.covariance[i][i]) < 4.5 * spread.error + tolerance, `variance ${i}`);
  });
  const product = meanOf(column(0).map((v, k) => (v - given.mean[0]) * (out[3 * k + 2] - given.mean[1])));
  assert.ok(Math.abs(product.mean - given.covariance[0][1]) < 4.5 * product.error + tolerance, 'covariance');
}

/** Moments of a mixture within Monte-Carlo error (and the bias that so many steps have); returns a golden sum. */
export function checkMixture(sampler: Sampler, steps: number, tolerance: number, law: Mixture = twoHumps): number {
  const rows = 3000;
  const z = samplePaths(sampler, law, karrasSigmas(steps, 0.02, 20), rows, createRng(17));
  const column = (i: number) => Float64Array.from({ length: rows }, (_, k) => z[2 * k + i]);
  for (const i of [0, 1]) {
    const want = law.reduce((sum, { weight, mean }) => sum + weight * mean[i], 0);
    const { mean, error } = meanOf(column(i));
    assert.ok(Math.abs(mean - want) < 4.5 * error + tolerance, `mean ${i}: ${mean} +- ${error}, expected ${want}`);
    for (const j of [0, 1]) {
      const second = law.reduce(
        (sum, { weight, mean: m, covariance }) => sum + weight * (covariance[i][j] + m[i] * m[j]),
        0,
      );
      const product = meanOf(column(i).map((v, k) => v * z[2 * k + j]));
      assert.ok(
        Math.abs(product.mean - second) < 4.5 * product.error + tolerance,
        `E z${i} z${j}: ${product.mean} +- ${product.error}, expected ${second}`,
      );
    }
  }
  // which hump: the line halfway between the two means
  const [a, b] = law.map(({ mean }) => mean);
  const side = (x: number, y: number) =>
    (x - (a[0] + b[0]) / 2) * (b[0] - a[0]) + (y - (a[1] + b[1]) / 2) * (b[1] - a[1]) < 0 ? 1 : 0;
  const reference = createRng(18);
  const drawn = Float64Array.from({ length: rows }, () => {
    const part = reference.uniform() < law[0].weight ? law[0] : law[1];
    const [[p, q], [, r]] = part.covariance;
    const [n, m] = [reference.normal(), reference.normal()];
    const l = q / Math.sqrt(p);
    return side(part.mean[0] + Math.sqrt(p) * n, part.mean[1] + l * n + Math.sqrt(r - l * l) * m);
  });
  const share = meanOf(Float64Array.from({ length: rows }, (_, k) => side(z[2 * k], z[2 * k + 1])));
  const wanted = meanOf(drawn);
  assert.ok(
    Math.abs(share.mean - wanted.mean) < 4.5 * Math.hypot(share.error, wanted.error) + tolerance,
    `share of the first hump: ${share.mean}, expected ${wanted.mean}`,
  );
  return z.reduce((sum, v) => sum + v, 0);
}
