import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { initialiseWeights } from '../../src/diffusion/initialise.ts';
import { initialHeadScale } from '../../src/diffusion/logistic.ts';
import { createDenoiser, type NetworkShape, parameterCount, parameterSpecs } from '../../src/diffusion/network.ts';
import { precondition } from '../../src/diffusion/precondition.ts';
import { constantNoise } from '../../src/diffusion/program.ts';
import { normals, randomBatch, randomWeights, shapeOf } from './fixtures.ts';
import { plain, plainOps } from './plain-ops.ts';

const seed = 2;

function denoise(
  shape: NetworkShape,
  weights: ReturnType<typeof randomWeights>,
  sigma: number,
  z: Float32Array | null,
  batch = randomBatch(shape, 2, createRng(seed)),
  shared = false,
) {
  const tokens = shape.length / shape.patch;
  const denoiser = createDenoiser(
    plainOps,
    shape,
    (name) => {
      const weight = weights.get(name);
      assert.ok(weight !== undefined, `asked for ${name}, which has no spec`);
      return plain(weight.values, weight.shape);
    },
    { shared },
  );
  const labels = shared ? 1 : batch.size;
  const task = plain(batch.task.subarray(0, labels * shape.tasks), [labels, shape.tasks]);
  const embedded = denoiser.embed({
    cells: plain(batch.cells, [
      batch.size,
      tokens,
      shape.channels,
      shape.patch * shape.cellFeatures + shape.tokenFeatures,
    ]),
    time: plain(batch.time, [batch.size, tokens, shape.timeFeatures]),
  });
  const noise = constantNoise(plainOps, sigma);
  const zSigma = z === null ? null : plain(z, [batch.size, tokens, shape.channels, shape.patch]);
  return denoiser.denoise(embedded, denoiser.modulate(task, noise), zSigma, noise);
}

describe(`network (seed ${seed})`, () => {
  it('is the same function where one level and label for the whole batch is folded into the weights', () => {
    for (const channels of [3, 251]) {
      const shape = shapeOf({ channels, length: 8, blocks: 2 });
      const weights = randomWeights(shape, createRng(seed));
      const batch = randomBatch(shape, 2, createRng(seed));
      batch.task.copyWithin(shape.tasks, 0, shape.tasks); // both rows have the label of the first
      const z = normals(createRng(seed + 1), 2 * shape.length * channels);
      for (const noisy of [z, null]) {
        const apart = denoise(shape, weights, 1, noisy, batch);
        const folded = denoise(shape, weights, 1, noisy, batch, true);
        for (const part of ['location', 'scale'] as const) {
          apart[part].values.forEach((value, i) => assert.ok(Math.abs(value - folded[part].values[i]) < 1e-9));
          assert.ok(new Set(apart[part].values).size > 2);
        }
      }
    }
  });

  it('has no parameter that the program does not use, and uses none that it does not have', () => {
    for (const channels of [3, 251]) {
      const shape = shapeOf({ channels, length: 8 });
      const weights = randomWeights(shape, createRng(seed));
      const asked = new Set<string>();
      const tracked = {
        get: (name: string) => {
          asked.add(name);
          return weights.get(name);
        },
      } as typeof weights;
      denoise(shape, tracked, 1, new Float32Array(2 * shape.length * channels));
      assert.deepEqual(
        [...parameterSpecs(shape).keys()].filter((name) => !asked.has(name)),
        [],
      );
    }
  });

  it('counts its parameters', () => {
    const shape = shapeOf({ channels: 3, length: 16, patch: 4, width: 8, blocks: 1 });
    const [cells, noisy, time] = [(4 * 7 + 2) * 8 + 8, 4 * 8 + 8, 2 * 8 + 8];
    const places = 3 * 8 + 4 * 8;
    const level = 32 * 64 + 64 + (64 * 64 + 64) + (4 * 64 + 64);
    const block = 3 * (64 * 24 + 24) + 4 * 4 + 3 * 3 + (8 * 16 + 16) + (16 * 8 + 8);
    assert.equal(parameterCount(shape), cells + noisy + time + places + level + block + (8 * 8 + 8));
    const wide = shapeOf({ channels: 300 });
    const dense = parameterCount({ ...wide, channels: 250 });
    assert.ok(parameterCount(wide) < dense, 'a bottleneck of 64 rows is smaller than 250 x 250');
  });

  it('untrained is its base: location 0 and the initial scale, whatever it is told', () => {
    const shape = shapeOf();
    const weights = initialiseWeights(shape, createRng(seed));
    const law = denoise(shape, weights, 20, null);
    const { cOut } = precondition(20);
    assert.ok(law.location.values.every((v) => v === 0));
    assert.ok(law.scale.values.every((v) => Math.abs(v - cOut * initialHeadScale) < 1e-6));
  });

  it('untrained at a noise level is the linear guess c_skip z', () => {
    const shape = shapeOf();
    const z = normals(createRng(seed), 2 * shape.length * shape.channels);
    const law = denoise(shape, initialiseWeights(shape, createRng(seed)), 0.7, z);
    law.location.values.forEach((v, i) => assert.ok(Math.abs(v - z[i] * precondition(0.7).cSkip) < 1e-6));
  });

  it('called with nothing of z is what it is called with z = 0', () => {
    const shape = shapeOf();
    const weights = randomWeights(shape, createRng(seed));
    const nothing = denoise(shape, weights, 20, null);
    const zero = denoise(shape, weights, 20, new Float32Array(2 * shape.length * shape.channels));
    nothing.location.values.forEach((v, i) => assert.ok(Math.abs(v - zero.location.values[i]) < 1e-12));
    assert.deepEqual(nothing.scale, zero.scale);
  });

  it('gives a positive scale and treats the windows of a batch alone', () => {
    const shape = shapeOf();
    const weights = randomWeights(shape, createRng(seed), 1);
    const batch = randomBatch(shape, 2, createRng(seed));
    const before = denoise(shape, weights, 20, null, batch);
    assert.ok(before.scale.values.every((s) => s > 0));
    batch.cells.fill(3, batch.cells.length / 2);
    const after = denoise(shape, weights, 20, null, batch);
    const half = before.location.values.length / 2;
    assert.deepEqual(after.location.values.subarray(0, half), before.location.values.subarray(0, half));
    assert.notDeepEqual(after.location.values.subarray(half), before.location.values.subarray(half));
  });

  it('hears of every part of its input', () => {
    const shape = shapeOf();
    const weights = randomWeights(shape, createRng(seed));
    const base = denoise(shape, weights, 1, null).location.values;
    for (const part of ['cells', 'time', 'task'] as const) {
      const batch = randomBatch(shape, 2, createRng(seed));
      batch[part][0] = 5;
      assert.notDeepEqual(denoise(shape, weights, 1, null, batch).location.values, base, part);
    }
    assert.notDeepEqual(denoise(shape, weights, 2, null).location.values, base, 'sigma');
  });
});

describe('initialiseWeights', () => {
  it('draws by fan-in, and zero where the network starts as its base', () => {
    const shape = shapeOf({ width: 64, channels: 40, length: 128 });
    const weights = initialiseWeights(shape, createRng(seed));
    const std = (name: string) => {
      const { values } = weights.get(name) ?? assert.fail(name);
      return Math.sqrt(values.reduce((a, b) => a + b * b, 0) / values.length);
    };
    assert.ok(Math.abs(std('block.0.feed.1.weight') * Math.sqrt(128) - 1) < 0.05);
    assert.ok(Math.abs(std('block.0.channel_mix.weight') * Math.sqrt(40) - 1) < 0.1);
    assert.ok(Math.abs(std('block.0.time_mix.weight') * Math.sqrt(32) - 1) < 0.1);
    assert.ok(Math.abs(std('channel') / 0.02 - 1) < 0.1);
    for (const name of ['head.weight', 'task.weight', 'block.0.feed.modulation.weight', 'cells.bias'])
      assert.equal(std(name), 0, name);
  });

  it('is the same for the same seed', () => {
    const shape = shapeOf();
    assert.deepEqual(initialiseWeights(shape, createRng(7)), initialiseWeights(shape, createRng(7)));
    assert.notDeepEqual(initialiseWeights(shape, createRng(7)), initialiseWeights(shape, createRng(8)));
  });
});
