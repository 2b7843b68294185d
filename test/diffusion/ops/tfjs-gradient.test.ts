import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../../src/core/rng.ts';
import { logisticCrps } from '../../../src/diffusion/logistic.ts';
import type { Weight } from '../../../src/diffusion/model.ts';
import { createDenoiser, type NetworkShape } from '../../../src/diffusion/network.ts';
import { lossAndGradients, type TrainingBatch } from '../../../src/diffusion/ops/tfjs-gradient.ts';
import { noiseFeatures, noiseFrequencies, nullSigma, precondition } from '../../../src/diffusion/precondition.ts';
import { useWasmBackend } from '../../../src/infer/engines/wasm.ts';
import { normals, randomBatch, randomWeights, shapeOf } from '../fixtures.ts';
import { type Plain, plain, plainOps } from '../plain-ops.ts';

const seed = 21;
const shape = shapeOf({ channels: 2, length: 8 });

function trainingBatch(size: number): TrainingBatch {
  const rng = createRng(seed);
  const { cells, time, task } = randomBatch(shape, size, rng);
  const perCell = shape.length * shape.channels;
  const batch = {
    size,
    cells,
    time,
    task,
    zSigma: normals(rng, size * perCell),
    target: normals(rng, size * perCell),
    weight: Float32Array.from({ length: size * perCell }, () => (rng.uniform() < 0.4 ? 1 : 0)),
    noise: new Float32Array(size * 2 * noiseFrequencies),
    cIn: new Float32Array(size),
    cSkip: new Float32Array(size),
    cOut: new Float32Array(size),
  };
  for (let k = 0; k < size; k++) {
    const sigma = k === 0 ? nullSigma : Math.exp(rng.normal());
    noiseFeatures(sigma, batch.noise, k * 2 * noiseFrequencies);
    const { cIn, cSkip, cOut } = precondition(sigma);
    batch.cIn[k] = cIn;
    batch.cSkip[k] = cSkip;
    batch.cOut[k] = cOut;
    if (k === 0) batch.zSigma.fill(0, 0, perCell);
  }
  return batch;
}

/** The same loss in double precision: mean over the weighted cells of the CRPS over cOut. */
function plainLoss(n: NetworkShape, weights: ReadonlyMap<string, Plain>, batch: TrainingBatch): number {
  const tokens = n.length / n.patch;
  const scalars = (values: Float32Array) => plain(values, [batch.size, 1, 1, 1]);
  const denoiser = createDenoiser(plainOps, n, (name) => weights.get(name) as Plain);
  const task = plain(batch.task, [batch.size, n.tasks]);
  const embedded = denoiser.embed({
    cells: plain(batch.cells, [batch.size, tokens, n.channels, n.patch * n.cellFeatures + n.tokenFeatures]),
    time: plain(batch.time, [batch.size, tokens, n.timeFeatures]),
  });
  const noise = {
    features: plain(batch.noise, [batch.size, 2 * noiseFrequencies]),
    cIn: scalars(batch.cIn),
    cSkip: scalars(batch.cSkip),
    cOut: scalars(batch.cOut),
  };
  const zSigma = plain(batch.zSigma, [batch.size, tokens, n.channels, n.patch]);
  const law = denoiser.denoise(embedded, denoiser.modulate(task, noise), zSigma, noise);
  const perSample = batch.target.length / batch.size;
  let sum = 0;
  let count = 0;
  batch.target.forEach((y, i) => {
    if (batch.weight[i] === 0) return;
    sum += logisticCrps(y, law.location.values[i], law.scale.values[i]) / batch.cOut[Math.floor(i / perSample)];
    count++;
  });
  return sum / Math.max(1, count);
}

const plainWeights = (weights: ReadonlyMap<string, Weight>) =>
  new Map([...weights].map(([name, w]) => [name, plain(w.values, w.shape)]));

describe(`lossAndGradients (seed ${seed})`, () => {
  before(() => useWasmBackend());

  it('is the CRPS of the logistic law over cOut, averaged over the cells that count', async () => {
    const weights = randomWeights(shape, createRng(seed));
    const batch = trainingBatch(4);
    const { loss } = await lossAndGradients(shape, weights, batch);
    const want = plainLoss(shape, plainWeights(weights), batch);
    assert.ok(Math.abs(loss - want) < 1e-5 * want, `${loss}, expected ${want}`);
  });

  it('gives the gradient of every parameter: equal to differences along random directions', async () => {
    const weights = randomWeights(shape, createRng(seed));
    const batch = trainingBatch(4);
    const { gradients } = await lossAndGradients(shape, weights, batch);
    assert.deepEqual([...gradients.keys()], [...weights.keys()]);
    const rng = createRng(seed + 1);
    const h = 1e-4;
    for (const [name, gradient] of gradients) {
      const direction = normals(rng, gradient.length);
      const moved = (by: number) => {
        const own = plainWeights(weights);
        const { shape: own2, values } = own.get(name) as Plain;
        own.set(name, { shape: own2, values: values.map((v, i) => v + by * direction[i]) });
        return plainLoss(shape, own, batch);
      };
      const want = (moved(h) - moved(-h)) / (2 * h);
      const got = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
      const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0)) * Math.sqrt(direction.length);
      assert.ok(Math.abs(got - want) < 1e-3 * size + 1e-6, `${name}: ${got}, differences give ${want}`);
    }
  });

  it('gives the cells without weight no say', async () => {
    const weights = randomWeights(shape, createRng(seed));
    const batch = trainingBatch(3);
    const other = { ...batch, target: batch.target.map((v, i) => (batch.weight[i] === 0 ? 1000 : v)) };
    const first = await lossAndGradients(shape, weights, batch);
    const second = await lossAndGradients(shape, weights, other);
    assert.equal(second.loss, first.loss);
    assert.deepEqual(second.gradients, first.gradients);
  });

  it('is zero, not NaN, where no cell counts', async () => {
    const batch = trainingBatch(2);
    const { loss, gradients } = await lossAndGradients(shape, randomWeights(shape, createRng(seed)), {
      ...batch,
      weight: batch.weight.map(() => 0),
    });
    assert.equal(loss, 0);
    for (const [name, gradient] of gradients)
      assert.ok(
        gradient.every((g) => g === 0),
        name,
      );
  });

  it('leaves no tensor behind', async () => {
    const weights = randomWeights(shape, createRng(seed));
    const batch = trainingBatch(2);
    await lossAndGradients(shape, weights, batch);
    const tensors = tf.memory().numTensors;
    for (let k = 0; k < 3; k++) await lossAndGradients(shape, weights, batch);
    assert.equal(tf.memory().numTensors, tensors);
  });
});
