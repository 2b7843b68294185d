import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as ort from 'onnxruntime-node';
import { DriftcastError } from '../../../src/core/errors.ts';
import { createRng } from '../../../src/core/rng.ts';
import { CallBatch } from '../../../src/diffusion/call.ts';
import type { Model } from '../../../src/diffusion/model.ts';
import { marginalOnnx, onnxEngine, pathOnnx } from '../../../src/infer/engines/onnx.ts';
import { randomBatch, randomDraws, randomWeights, shapeOf } from '../../diffusion/fixtures.ts';

const seed = 13;

const part = (all: CallBatch, from: number, size: number): CallBatch => {
  const batch = new CallBatch(all.shape, size);
  for (const name of ['cells', 'time', 'task'] as const) {
    const each = all[name].length / all.size;
    batch[name].set(all[name].subarray(from * each, (from + size) * each));
  }
  return batch;
};

describe(`onnxEngine (seed ${seed})`, () => {
  // A replayed window comes in another batch than the first time: decision 3 wants the same points all the same.
  for (const changes of [
    { channels: 5, length: 32, width: 48, blocks: 2 },
    { channels: 30, length: 16, width: 16 },
  ]) {
    it(`gives a window the same bits in whatever batch it comes, ${changes.channels} channels`, async () => {
      const shape = shapeOf(changes);
      const rng = createRng(seed);
      const model = { shape, weights: randomWeights(shape, rng) } as unknown as Model;
      const count = 17;
      const cells = shape.length * shape.channels;
      const all = randomBatch(shape, count, rng);
      const sampler = { method: 'distributional', steps: 3 } as const;
      const draws = randomDraws(sampler, 2 * count, cells, rng);
      const engine = await onnxEngine.create(model);
      const law = await engine.marginals(all);
      const path = await engine.paths(all, sampler, draws, 2);
      for (const size of [1, 2, 3, 5, 8, 16]) {
        for (const from of [0, count - size]) {
          const cut = (values: Float32Array, each: number) => values.slice(from * each, (from + size) * each);
          const own = await engine.marginals(part(all, from, size));
          assert.deepEqual(own.location, cut(law.location, cells), `location, ${size} from ${from}`);
          assert.deepEqual(own.scale, cut(law.scale, cells), `scale, ${size} from ${from}`);
          const ownDraws = { logistic: cut(draws.logistic, 6 * cells), normal: cut(draws.normal, 4 * cells) };
          const ownPath = await engine.paths(part(all, from, size), sampler, ownDraws, 2);
          assert.deepEqual(ownPath, cut(path, 2 * cells), `path, ${size} from ${from}`);
        }
      }
      await engine.dispose();
    });
  }

  it('writes files that carry the weights, the paths with all steps unrolled', () => {
    const shape = shapeOf();
    const model = { shape, weights: randomWeights(shape, createRng(seed)) } as unknown as Model;
    const ofSteps = (steps: number) => pathOnnx(model, { method: 'distributional', steps }, 2);
    const { label, marginals } = marginalOnnx(model);
    const [two, four] = [ofSteps(2), ofSteps(4)];
    const weightBytes = [...model.weights.values()].reduce((sum, { values }) => sum + values.byteLength, 0);
    const both = label.length + marginals.length;
    assert.ok(both > weightBytes && both < 1.5 * weightBytes + 25_000);
    assert.ok(four.length > two.length);
    assert.ok(four.length < 2 * two.length, 'the weights are there once');
  });

  it('says what a provider needs that is not here', async (t) => {
    if (ort.listSupportedBackends().some(({ name, bundled }) => name === 'cuda' && bundled)) {
      t.skip('the CUDA libraries are here');
      return;
    }
    const shape = shapeOf();
    const model = { shape, weights: randomWeights(shape, createRng(seed)) } as unknown as Model;
    await assert.rejects(
      onnxEngine.create(model, 'cuda'),
      (error: unknown) =>
        error instanceof DriftcastError &&
        error.code === 'ENGINE_UNAVAILABLE' &&
        /on cuda/.test(error.message) &&
        /infer\.provider: cpu/.test(error.hint ?? ''),
    );
  });

  it('computes on the CPU where no provider is named', async () => {
    const shape = shapeOf();
    const model = { shape, weights: randomWeights(shape, createRng(seed)) } as unknown as Model;
    const engine = await onnxEngine.create(model);
    assert.deepEqual([engine.name, engine.device], ['onnx', 'cpu']);
    await engine.dispose();
  });

  it('refuses a model without one of its weights', async () => {
    const shape = shapeOf();
    const weights = randomWeights(shape, createRng(seed));
    weights.delete('head.bias');
    await assert.rejects(
      onnxEngine.create({ shape, weights } as unknown as Model),
      (error: unknown) =>
        error instanceof DriftcastError && error.code === 'MODEL_INVALID' && /head\.bias/.test(error.message),
    );
  });
});
