import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { logit } from '../../../src/diffusion/logistic.ts';
import type { Denoiser, Law } from '../../../src/diffusion/network.ts';
import { constantNoise } from '../../../src/diffusion/program.ts';
import { ancestralSigmas, sampleAncestral } from '../../../src/diffusion/sampler/ancestral.ts';
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
function posterior(covariance: Two, sigma: number): { gain: Two; variances: [number, number] } {
  const gain = product(covariance, inverse(plus(covariance, sigma * sigma)));
  const explained = product(gain, covariance);
  return { gain, variances: [covariance[0][0] - explained[0][0], covariance[1][1] - explained[1][1]] };
}

/** The law of a correlated Gaussian pair as a denoiser: exact moments, a logistic shape. One token of two channels. */
function gaussianPair(covariance: Two, sigmaOf: (features: Plain) => number): Denoiser<Plain> {
  const logisticStd = Math.PI / Math.sqrt(3);
  return {
    embed: ({ cells }) => cells,
    denoise(embedded, _task, zSigma, noise): Law<Plain> {
      const rows = embedded.shape[0];
      const { gain, variances } =
        zSigma === null
          ? { gain: null, variances: [covariance[0][0], covariance[1][1]] }
          : posterior(covariance, sigmaOf(noise.features));
      const location = new Float64Array(2 * rows);
      const scale = new Float64Array(2 * rows);
      for (let k = 0; k < rows; k++) {
        for (const d of [0, 1]) {
          scale[2 * k + d] = Math.sqrt(variances[d]) / logisticStd;
          if (gain !== null && zSigma !== null)
            location[2 * k + d] = gain[d][0] * zSigma.values[2 * k] + gain[d][1] * zSigma.values[2 * k + 1];
        }
      }
      return { location: plain(location, [rows, 1, 2, 1]), scale: plain(scale, [rows, 1, 2, 1]) };
    },
  };
}

function sample(covariance: Two, steps: number, rows: number, generated: readonly [number, number] = [1, 1]) {
  const rng = createRng(seed);
  const sigmas = ancestralSigmas(steps);
  const noises = [20, ...sigmas].map((sigma) => constantNoise(plainOps, sigma));
  const draws = (draw: () => number) => plain(Float64Array.from({ length: 2 * rows }, draw), [rows, 1, 2, 1]);
  const denoiser = gaussianPair(
    covariance,
    (features) => sigmas[noises.findIndex((noise) => noise.features === features) - 1],
  );
  return sampleAncestral(
    plainOps,
    denoiser,
    {
      embedded: plain(new Float64Array(rows), [rows, 1, 1, 1]),
      task: plain([1], [1, 1]),
      generated: plain(generated, [1, 1, 2, 1]),
      logistic: Array.from({ length: steps }, () => draws(() => logit(rng.uniform()))),
      normal: sigmas.map(() => draws(() => rng.normal())),
    },
    noises,
    sigmas,
  ).values;
}

/** Covariance of the samples that the recursion gives in closed form: gain (C + sigma^2) gain' + independent variances. */
function expectedCovariance(covariance: Two, steps: number): Two {
  let c: Two = [
    [covariance[0][0], 0],
    [0, covariance[1][1]],
  ];
  for (const sigma of ancestralSigmas(steps)) {
    const { gain, variances } = posterior(covariance, sigma);
    const transposed: Two = [
      [gain[0][0], gain[1][0]],
      [gain[0][1], gain[1][1]],
    ];
    const moved = product(product(gain, plus(c, sigma * sigma)), transposed);
    c = [
      [moved[0][0] + variances[0], moved[0][1]],
      [moved[1][0], moved[1][1] + variances[1]],
    ];
  }
  return c;
}

const pair = (rho: number): Two => [
  [1, rho],
  [rho, 1],
];
const correlation = (c: Two) => c[0][1] / Math.sqrt(c[0][0] * c[1][1]);

describe('ancestralSigmas', () => {
  it('goes geometrically from 3 to .6', () => {
    assert.deepEqual(ancestralSigmas(1), []);
    assert.deepEqual(ancestralSigmas(2), [3]);
    const levels = ancestralSigmas(6);
    assert.equal(levels.length, 5);
    assert.equal(levels[0], 3);
    assert.ok(Math.abs(levels[4] - 0.6) < 1e-12);
    levels.slice(2).forEach((sigma, k) => assert.ok(Math.abs(sigma / levels[k + 1] - levels[1] / levels[0]) < 1e-12));
  });
});

describe(`sampleAncestral (seed ${seed})`, () => {
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
      const want = expectedCovariance(pair(rho), steps);
      for (const [i, j] of [
        [0, 0],
        [0, 1],
        [1, 1],
      ]) {
        const products = Array.from({ length: rows }, (_, k) => z[2 * k + i] * z[2 * k + j]);
        const mean = products.reduce((a, b) => a + b, 0) / rows;
        const error = Math.sqrt(products.reduce((a, b) => a + (b - mean) ** 2, 0) / rows / rows);
        assert.ok(
          Math.abs(mean - want[i][j]) < 4.5 * error,
          `cell ${i},${j}: ${mean} +- ${error}, expected ${want[i][j]}`,
        );
      }
    });
  }

  it('recovers more of the dependence with more steps, and most of it in eight', () => {
    const seen = [1, 2, 4, 8].map((steps) => correlation(expectedCovariance(pair(0.8), steps)));
    assert.equal(seen[0], 0);
    seen.slice(1).forEach((rho, k) => assert.ok(rho > seen[k]));
    assert.ok(seen[3] > 0.64 && seen[3] < 0.8, `${seen}`);
  });

  it('keeps known cells at 0, as in training: no noise of theirs reaches the others', () => {
    const z = sample(pair(0.8), 4, 2000, [1, 0]);
    assert.ok(posterior(pair(0.8), 0.6).gain[0][1] > 0.1, 'the second cell would be heard');
    // with the second cell at 0 the first follows its own gain only: variance recursion of one cell
    let variance = 1;
    for (const sigma of ancestralSigmas(4)) {
      const { gain, variances } = posterior(pair(0.8), sigma);
      variance = gain[0][0] ** 2 * (variance + sigma ** 2) + variances[0];
    }
    const squares = Array.from({ length: 2000 }, (_, k) => z[2 * k] ** 2);
    const mean = squares.reduce((a, b) => a + b, 0) / 2000;
    const error = Math.sqrt(squares.reduce((a, b) => a + (b - mean) ** 2, 0) / 2000 / 2000);
    assert.ok(Math.abs(mean - variance) < 4.5 * error, `${mean} +- ${error}, expected ${variance}`);
  });
});
