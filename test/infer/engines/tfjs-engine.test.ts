import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { DriftcastError } from '../../../src/core/errors.ts';
import { createRng } from '../../../src/core/rng.ts';
import { initialiseWeights } from '../../../src/diffusion/initialise.ts';
import { initialHeadScale } from '../../../src/diffusion/logistic.ts';
import { samplerMethods } from '../../../src/diffusion/sampler/method.ts';
import { TfjsEngine } from '../../../src/infer/engines/tfjs-engine.ts';
import { useTrainingBackend } from '../../../src/infer/engines/training-backend.ts';
import { useWasmBackend, wasmEngine } from '../../../src/infer/engines/wasm.ts';
import { randomBatch, randomDraws, randomWeights, relativeError, shapeOf } from '../../diffusion/fixtures.ts';

const seed = 19;
const shape = shapeOf();
const cells = shape.length * shape.channels;

describe(`TfjsEngine on wasm (seed ${seed})`, () => {
  before(() => useWasmBackend());

  it('leaves no tensor behind, neither in a call nor when it is disposed of', async () => {
    const rng = createRng(seed);
    const before = tf.memory().numTensors;
    const engine = new TfjsEngine('wasm', 'wasm', { shape, weights: randomWeights(shape, rng) });
    const own = tf.memory().numTensors;
    assert.ok(own > before);
    const batch = randomBatch(shape, 3, rng);
    for (let k = 0; k < 2; k++) {
      await engine.marginals(batch);
      for (const method of samplerMethods) {
        const sampler = { method, steps: 3 };
        await engine.paths(batch, sampler, randomDraws(sampler, 6, cells, rng), 2);
      }
    }
    assert.equal(tf.memory().numTensors, own);
    await engine.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('gives a window the same result in whatever batch it comes, to the last digits of a float', async () => {
    const rng = createRng(seed);
    const engine = new TfjsEngine('wasm', 'wasm', { shape, weights: randomWeights(shape, rng) });
    const all = randomBatch(shape, 6, rng);
    const law = await engine.marginals(all);
    for (let k = 0; k < 6; k++) {
      const cut = (name: 'cells' | 'time' | 'task') =>
        all[name].slice((k * all[name].length) / 6, ((k + 1) * all[name].length) / 6);
      const own = await engine.marginals({ size: 1, cells: cut('cells'), time: cut('time'), task: cut('task') });
      assert.ok(relativeError(own.location, law.location.subarray(k * cells, (k + 1) * cells)) < 1e-5);
    }
    await engine.dispose();
  });

  it('is what the wasm spec creates', async () => {
    const engine = await wasmEngine.create({ shape, weights: initialiseWeights(shape, createRng(seed)) } as never);
    assert.deepEqual([engine.name, engine.device], ['wasm', 'wasm']);
    const law = await engine.marginals(randomBatch(shape, 1, createRng(seed)));
    assert.ok(law.location.every((v) => v === 0));
    assert.ok(law.scale.every((v) => Math.abs(v - initialHeadScale) < 2e-3));
    await engine.dispose();
  });
});

describe('useTrainingBackend', () => {
  it('trains on wasm where it is asked to, and keeps nothing', async () => {
    const backend = await useTrainingBackend('wasm');
    assert.equal(backend.name, 'wasm');
    const before = tf.memory().numTensors;
    const law = await backend.marginals(
      shape,
      randomWeights(shape, createRng(seed)),
      randomBatch(shape, 2, createRng(seed)),
    );
    assert.equal(law.location.length, 2 * cells);
    assert.equal(tf.memory().numTensors, before);
  });

  it('says how to get what is asked for by name and is not there', async (t) => {
    try {
      await useTrainingBackend('tensorflow');
      t.skip('the native addon is built here');
    } catch (error) {
      assert.ok(error instanceof DriftcastError);
      assert.equal(error.code, 'ENGINE_UNAVAILABLE');
      assert.match(error.hint ?? '', /npm run native-tf/);
    }
  });
});
