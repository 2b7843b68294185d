import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DriftcastError } from '../../../src/core/errors.ts';
import { createRng } from '../../../src/core/rng.ts';
import { CallBatch } from '../../../src/diffusion/call.ts';
import type { Model } from '../../../src/diffusion/model.ts';
import { marginalOnnx, onnxEngine, pathOnnx } from '../../../src/infer/engines/onnx.ts';
import { normals, randomBatch, randomWeights, shapeOf } from '../../diffusion/fixtures.ts';

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
      const steps = 3;
      const cells = shape.length * shape.channels;
      const all = randomBatch(shape, count, rng);
      const logistic = normals(rng, count * steps * cells);
      const normal = normals(rng, count * (steps - 1) * cells);
      const engine = await onnxEngine.create(model);
      const law = await engine.marginals(all);
      const path = await engine.paths(all, steps, logistic, normal);
      for (const size of [1, 2, 3, 5, 8, 16]) {
        for (const from of [0, count - size]) {
          const cut = (values: Float32Array, each: number) => values.slice(from * each, (from + size) * each);
          const own = await engine.marginals(part(all, from, size));
          assert.deepEqual(own.location, cut(law.location, cells), `location, ${size} from ${from}`);
          assert.deepEqual(own.scale, cut(law.scale, cells), `scale, ${size} from ${from}`);
          const ownPath = await engine.paths(
            part(all, from, size),
            steps,
            cut(logistic, steps * cells),
            cut(normal, (steps - 1) * cells),
          );
          assert.deepEqual(ownPath, cut(path, cells), `path, ${size} from ${from}`);
        }
      }
      await engine.dispose();
    });
  }

  it('writes files that carry the weights, the paths with all steps unrolled', () => {
    const shape = shapeOf();
    const model = { shape, weights: randomWeights(shape, createRng(seed)) } as unknown as Model;
    const [one, two, four] = [marginalOnnx(model), pathOnnx(model, 2), pathOnnx(model, 4)];
    const weightBytes = [...model.weights.values()].reduce((sum, { values }) => sum + values.byteLength, 0);
    assert.ok(one.length > weightBytes && one.length < 1.5 * weightBytes + 20_000);
    assert.ok(four.length > two.length);
    assert.ok(four.length < 2 * two.length, 'the weights are there once');
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
