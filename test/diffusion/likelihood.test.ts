import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../src/core/rng.ts';
import { logLikelihood } from '../../src/diffusion/likelihood.ts';
import { tfjsOps } from '../../src/diffusion/ops/tfjs.ts';
import { tfjsVjp } from '../../src/diffusion/ops/tfjs-vjp.ts';
import { networkDenoiser } from '../../src/diffusion/program.ts';
import { karrasSigmas } from '../../src/diffusion/schedule/karras-sigmas.ts';
import { exactProbes, randomProbes } from '../../src/diffusion/trace-probes.ts';
import { useWasmBackend } from '../../src/infer/engines/wasm.ts';
import {
  conditional,
  exactDenoise,
  gaussian,
  logDensity,
  type Mixture,
  meanOf,
  threeCells,
  twoHumps,
} from './analytic.ts';
import { normals, randomBatch, randomWeights, relativeError, shapeOf } from './fixtures.ts';
import { type Plain, plain, plainOps } from './plain-ops.ts';
import { plainVjp } from './plain-vjp.ts';

const seed = 21;
const sigmaMin = 0.05;
const ascending = (steps: number, max = 400) => karrasSigmas(steps, sigmaMin, max).slice(0, -1).reverse();

/** Points of a law as a batch, each repeated for as many rows as there are sets of probes. */
function likelihoodOf(law: Mixture, points: readonly (readonly number[])[], probes: readonly Plain[], steps = 250) {
  const cells = law[0].mean.length;
  return logLikelihood(
    plainOps,
    plainVjp,
    exactDenoise(law),
    {
      z: plain(points.flat(), [points.length, cells]),
      generated: plain(Array(cells).fill(1), [1, cells]),
      probes,
      cells,
    },
    ascending(steps),
  );
}
const exact = (cells: number) => exactProbes(cells).map((probe) => plain(probe, [1, cells]));

describe(`logLikelihood (seed ${seed})`, () => {
  const points = {
    three: [
      [0.5, -1, 0.2],
      [1.8, 0.1, -0.9],
      [-2, 1, 1.4],
    ],
    humps: [
      [-1.2, 0.6],
      [0.1, 0],
      [0.8, 0.9],
    ],
  };
  for (const [name, law, own] of [
    ['a Gaussian', threeCells, points.three],
    ['a mixture', twoHumps, points.humps],
  ] as const) {
    it(`with exact traces is the log-density of ${name}`, () => {
      const got = likelihoodOf(law, own, exact(own[0].length)).logLikelihood.values;
      own.forEach((x, k) => {
        const want = logDensity(law, x, sigmaMin);
        assert.ok(Math.abs(got[k] - want) < 0.01 + 0.002 * Math.abs(want), `${got[k]}, expected ${want}`);
      });
    });
  }

  it('converges with order 2 in the number of steps', () => {
    const law = gaussian([0], [[1]]); // the prior is exact for it, at any level
    const off = [30, 60, 120].map((steps) => {
      const got = likelihoodOf(law, [[1.3]], exact(1), steps + 1).logLikelihood.values[0];
      return Math.abs(got - logDensity(law, [1.3], sigmaMin));
    });
    for (const k of [0, 1]) assert.ok(Math.abs(Math.log2(off[k] / off[k + 1]) - 2) < 0.4, `${off}`);
  });

  for (const kind of ['rademacher', 'gaussian'] as const) {
    it(`with ${kind} probes is right within their error`, () => {
      const rows = 300;
      const [probe] = randomProbes(createRng(seed), kind, 1, rows * 3);
      const x = points.three[1];
      const { logLikelihood: got, latent } = likelihoodOf(
        threeCells,
        Array(rows).fill(x),
        [plain(probe, [rows, 3])],
        40,
      );
      const { mean, error } = meanOf(got.values);
      const want = likelihoodOf(threeCells, [x], exact(3), 40).logLikelihood.values[0];
      assert.ok(error > 0 && Math.abs(mean - want) < 4.5 * error, `${mean} +- ${error}, expected ${want}`);
      assert.ok(Math.max(...latent.values) - Math.min(...latent.values) < 1e-9, 'the flow hears no probe');
    });
  }

  it('is the sum of its parts, and the latent norm that of the whitened data', () => {
    const { logLikelihood: all, trace, latent, latentNorm } = likelihoodOf(threeCells, points.three, exact(3));
    all.values.forEach((v, k) => assert.ok(Math.abs(v - trace.values[k] - latent.values[k]) < 1e-12));
    // a Gaussian is led along its principal axes: its latent norm is its Mahalanobis distance, but for the mean that is kept
    const centred = gaussian([0, 0, 0], threeCells[0].covariance);
    const norms = likelihoodOf(centred, points.three, exact(3)).latentNorm.values;
    points.three.forEach((x, k) => {
      const want = -2 * (logDensity(centred, x, sigmaMin) - logDensity(centred, [0, 0, 0], sigmaMin));
      assert.ok(Math.abs(norms[k] - want) < 0.01 * (1 + want), `${norms[k]}, expected ${want}`);
    });
    assert.equal(latentNorm.values.length, 3);
  });

  it('given known cells is the conditional likelihood of the others', () => {
    const given = conditional(threeCells[0], new Map([[1, 0.4]]));
    const law: Mixture = [{ weight: 1, ...given }];
    const inner = exactDenoise(law);
    const denoise = (z: Plain, sigma: number) => {
      const rows = z.shape[0];
      const free = plain(
        Float64Array.from({ length: 2 * rows }, (_, i) => z.values[3 * Math.floor(i / 2) + 2 * (i % 2)]),
        [rows, 2],
      );
      const { values } = inner(free, sigma);
      // what it says of the known cell must not count
      return plain(
        z.values.map((_, i) => (i % 3 === 1 ? 99 : values[2 * Math.floor(i / 3) + (i % 3) / 2])),
        z.shape,
      );
    };
    const got = logLikelihood(
      plainOps,
      plainVjp,
      denoise,
      { z: plain([0.9, 7, -0.3], [1, 3]), generated: plain([1, 0, 1], [1, 3]), probes: exact(3), cells: 3 },
      ascending(250),
    );
    const want = logDensity(law, [0.9, -0.3], sigmaMin);
    assert.ok(Math.abs(got.logLikelihood.values[0] - want) < 0.01, `${got.logLikelihood.values[0]}, expected ${want}`);
  });
});

describe(`logLikelihood of the network (seed ${seed})`, () => {
  before(() => useWasmBackend());

  it('in TensorFlow.js is that of the double-precision interpreter, and leaves no tensor behind', () => {
    const shape = shapeOf({ length: 8, channels: 2, patch: 2, width: 6 });
    const rng = createRng(seed);
    const weights = randomWeights(shape, rng);
    const size = 2;
    const batch = randomBatch(shape, size, rng);
    const cells = shape.length * shape.channels;
    const cellShape = [size, 4, 2, 2];
    const z = normals(rng, size * cells);
    const [probe] = randomProbes(rng, 'rademacher', 1, size * cells);
    const sigmas = ascending(4, 10);
    const inputShapes = { cells: [size, 4, 2, batch.cells.length / 16], time: [size, 4, 2], task: [1, shape.tasks] };
    const run = <T>(
      ops: Parameters<typeof logLikelihood<T>>[0],
      vjp: Parameters<typeof logLikelihood<T>>[1],
      tensor: (values: Float32Array, shape: readonly number[]) => T,
    ) => {
      const parameter = (name: string) => {
        const weight = weights.get(name) ?? assert.fail(name);
        return tensor(weight.values, weight.shape);
      };
      const inputs = {
        cells: tensor(batch.cells, inputShapes.cells),
        time: tensor(batch.time, inputShapes.time),
        task: tensor(batch.task.subarray(0, shape.tasks), inputShapes.task),
      };
      const { generated, denoise } = networkDenoiser(ops, shape, parameter, inputs);
      const own = { z: tensor(z, cellShape), generated, probes: [tensor(probe, cellShape)], cells };
      const { logLikelihood: all, trace, latentNorm } = logLikelihood(ops, vjp, denoise, own, sigmas);
      return { all, trace, latentNorm };
    };
    const truth = run(plainOps, plainVjp, plain);
    const tensorsBefore = tf.memory().numTensors;
    const got = tf.tidy(() => {
      const own = run<tf.Tensor>(tfjsOps, tfjsVjp, (values, shape) => tf.tensor(values, [...shape]));
      return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, value.dataSync()]));
    });
    for (const name of ['all', 'trace', 'latentNorm'] as const) {
      const error = relativeError(got[name], truth[name].values);
      assert.ok(error < 1e-4, `${name}: ${error}`);
    }
    assert.equal(tf.memory().numTensors, tensorsBefore);
  });
});
