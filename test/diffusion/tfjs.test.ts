import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../src/core/rng.ts';
import { karrasSigmas, sampleHeun } from '../../src/diffusion/index.ts';
import { tfjsOps, tfjsVjp, trainNetwork } from '../../src/diffusion/tfjs.ts';
import { useWasmBackend } from '../../src/infer/engines/wasm.ts';
import { normalRows } from './analytic.ts';
import { relativeError } from './fixtures.ts';
import { plainOps } from './plain-ops.ts';

it('the library computes and differentiates its samplers in TensorFlow.js', async () => {
  await useWasmBackend();
  const sigmas = karrasSigmas(6, 0.05, 20);
  const start = normalRows(createRng(3), 4, 2, sigmas[0]);
  // E[x_0 | z] of standard normal data
  const truth = sampleHeun(plainOps, (z, s) => plainOps.mulScalar(z, 1 / (1 + s * s)), start, sigmas, []).values;
  const before = tf.memory().numTensors;
  const [value, product] = tf.tidy(() => {
    const z = tf.tensor(Float32Array.from(start.values), [4, 2]);
    const sample = (x: tf.Tensor) =>
      sampleHeun(tfjsOps, (y, s) => tfjsOps.mulScalar(y, 1 / (1 + s * s)), x, sigmas, []);
    const own = tfjsVjp(sample, z, tf.ones([4, 2]));
    return [own.value.dataSync(), own.product.dataSync()];
  });
  assert.ok(relativeError(value, truth) < 1e-5);
  // the flow is linear: its derivative is what it does to one
  truth.forEach((v, i) => assert.ok(Math.abs(product[i] - v / start.values[i]) < 1e-5));
  assert.equal(tf.memory().numTensors, before);
  assert.equal(typeof trainNetwork, 'function');
});
