import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { logit } from '../../../src/diffusion/logistic.ts';
import type { DenoiseLaw } from '../../../src/diffusion/sampler/contract.ts';
import { sampleDistributional } from '../../../src/diffusion/sampler/distributional.ts';
import { distributionalSigmas } from '../../../src/diffusion/sampler/distributional-sigmas.ts';
import { meanOf } from '../analytic.ts';
import { type Plain, plain, plainOps } from '../plain-ops.ts';

const seed = 12;
type Two = readonly [readonly [number, number], readonly [number, number]];
const product = (a: Two, b: Two): Two => [
  [a[0][0] * b[0][0] + a[0][1] * b[1][0], a[0][0] * b[0][1] + a[0][1] * b[1][1]],
  [a[1][0] * b[0][0] + a[1][1] * b[1][0], a[1][0] * b[0][1] + a[1][1] * b[1][1]],
];
const plus = (a: Two, k: number): Two => [
  [a[0][0] + k, a[0][1]],
  [a[1][0], a[1][1] + k],
];
const inverse = ([[a, b], [c, d]]: Two): Two => {
  const det = a * d - b * c;
  return [
    [d / det, -b / det],
    [-c / det, a / det],
  ];
};

/** What is known of z given z + sigma n for z ~ N(0, covariance): the mean is gain z_sigma, the variances those of each cell alone. */
function posteriorOf(covariance: Two, sigma: number): { gain: Two; variances: [number, number] } {
  const gain = product(covariance, inverse(plus(covariance, sigma * sigma)));
  const explained = product(gain, covariance);
  return { gain, variances: [covariance[0][0] - explained[0][0], covariance[1][1] - explained[1][1]] };
}

/** The law of a correlated Gaussian pair: exact moments, a logistic shape; cells that are not generated are not heard. */
function pairLaw(covariance: Two, rows: number, generated: readonly [number, number]): DenoiseLaw<Plain> {
  const logisticStd = Math.PI / Math.sqrt(3);
  return (z, sigma) => {
    const none: Two = [
      [0, 0],
      [0, 0],
    ];
    const { gain, variances } =
      z === null ? { gain: none, variances: [covariance[0][0], covariance[1][1]] } : posteriorOf(covariance, sigma);
    const location = new Float64Array(2 * rows);
    const scale = new Float64Array(2 * rows);
    for (let i = 0; i < 2 * rows; i++) {
      const [k, d] = [Math.floor(i / 2), i % 2];
      scale[i] = Math.sqrt(variances[d]) / logisticStd;
      for (const e of [0, 1]) location[i] += gain[d][e] * generated[e] * (z?.values[2 * k + e] ?? 0);
    }
    return { location: plain(location, [rows, 2]), scale: plain(scale, [rows, 2]) };
  };
}

function sample(covariance: Two, steps: number, rows: number, generated: readonly [number, number] = [1, 1]) {
  const rng = createRng(seed);
  const sigmas = distributionalSigmas(steps);
  const draws = (draw: () => number) => plain(Float64Array.from({ length: 2 * rows }, draw), [rows, 2]);
  return sampleDistributional(plainOps, pairLaw(covariance, rows, generated), sigmas, {
    logistic: Array.from({ length: steps }, () => draws(() => logit(rng.uniform()))),
    normal: sigmas.map(() => draws(() => rng.normal())),
  }).values;
}

/** Covariance of the samples in closed form, step by step: z -> kept z + (1 - kept) (gain z + own draw) + noise. */
function expectedCovariance(covariance: Two, sigmas: readonly number[]): Two {
  let z: Two = [
    [covariance[0][0], 0],
    [0, covariance[1][1]],
  ];
  if (sigmas.length === 0) return z;
  z = plus(z, sigmas[0] ** 2);
  for (const [k, sigma] of sigmas.entries()) {
    const { gain, variances } = posteriorOf(covariance, sigma);
    const next = sigmas[k + 1] ?? 0;
    const kept = (next / sigma) ** 2;
    const map = gain.map((row, i) => row.map((g, j) => (i === j ? kept : 0) + (1 - kept) * g)) as unknown as Two;
    const transposed: Two = [
      [map[0][0], map[1][0]],
      [map[0][1], map[1][1]],
    ];
    const moved = product(product(map, z), transposed);
    const own = variances.map((v) => (1 - kept) ** 2 * v + next ** 2 * (1 - kept));
    z = [
      [moved[0][0] + own[0], moved[0][1]],
      [moved[1][0], moved[1][1] + own[1]],
    ];
  }
  return z;
}

const pair = (rho: number): Two => [
  [1, rho],
  [rho, 1],
];
const correlation = (c: Two) => c[0][1] / Math.sqrt(c[0][0] * c[1][1]);
const geometric = (high: number, low: number, levels: number) =>
  Array.from({ length: levels }, (_, k) => high * (low / high) ** (k / (levels - 1)));

describe(`sampleDistributional (seed ${seed})`, () => {
  const rows = 40_000;
  for (const [rho, steps] of [
    [0.8, 1],
    [0.8, 2],
    [0.8, 4],
    [0.8, 8],
    [-0.6, 6],
  ] as const) {
    it(`of a pair of correlation ${rho} in ${steps} steps has the covariance of the closed form`, () => {
      const z = sample(pair(rho), steps, rows);
      const want = expectedCovariance(pair(rho), distributionalSigmas(steps));
      for (const [i, j] of [
        [0, 0],
        [0, 1],
        [1, 1],
      ]) {
        const { mean, error } = meanOf(Float64Array.from({ length: rows }, (_, k) => z[2 * k + i] * z[2 * k + j]));
        assert.ok(
          Math.abs(mean - want[i][j]) < 4.5 * error,
          `cell ${i},${j}: ${mean} +- ${error}, expected ${want[i][j]}`,
        );
      }
    });
  }

  it('recovers more of the dependence with more steps, nearly all of it in 64', () => {
    const seen = [1, 2, 4, 8, 16, 64].map((steps) => expectedCovariance(pair(0.8), distributionalSigmas(steps)));
    assert.equal(correlation(seen[0]), 0);
    seen.slice(1).forEach((c, k) => assert.ok(correlation(c) > correlation(seen[k])));
    assert.ok(correlation(seen[3]) > 0.68, `${correlation(seen[3])}`);
    assert.ok(Math.abs(correlation(seen[5]) - 0.8) < 0.02 && Math.abs(seen[5][0][0] - 1) < 0.03, `${seen[5]}`);
  });

  it('is exact in the limit of many steps, whichever the Gaussian', () => {
    for (const rho of [-0.9, 0.3, 0.8]) {
      const off = [200, 400, 800].map((levels) => {
        const c = expectedCovariance(pair(rho), geometric(100, 0.01, levels));
        return Math.max(Math.abs(c[0][0] - 1), Math.abs(c[0][1] - rho));
      });
      assert.ok(off[2] < 0.01 && off[2] < off[1] && off[1] < off[0], `${off}`);
    }
  });

  it('keeps known cells unheard: no noise of theirs reaches the others', () => {
    const z = sample(pair(0.8), 4, 2000, [1, 0]);
    assert.ok(posteriorOf(pair(0.8), 0.6).gain[0][1] > 0.1, 'the second cell would be heard');
    // with the second cell at 0 the first follows its own gain only: variance recursion of one cell
    const sigmas = distributionalSigmas(4);
    let variance = 1 + sigmas[0] ** 2;
    sigmas.forEach((sigma, k) => {
      const { gain, variances } = posteriorOf(pair(0.8), sigma);
      const next = sigmas[k + 1] ?? 0;
      const kept = (next / sigma) ** 2;
      variance =
        (kept + (1 - kept) * gain[0][0]) ** 2 * variance + (1 - kept) ** 2 * variances[0] + next ** 2 * (1 - kept);
    });
    const { mean, error } = meanOf(Float64Array.from({ length: 2000 }, (_, k) => z[2 * k] ** 2));
    assert.ok(Math.abs(mean - variance) < 4.5 * error, `${mean} +- ${error}, expected ${variance}`);
  });

  it('gives the same for the same draws', () => {
    const sum = sample(pair(0.8), 4, 100).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum + 9.2111785954) < 1e-8, `${sum}`);
  });
});
