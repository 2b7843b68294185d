import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../../src/core/rng.ts';
import { tfjsOps } from '../../../src/diffusion/ops/tfjs.ts';
import { useWasmBackend } from '../../../src/infer/engines/wasm.ts';
import { normals, relativeError } from '../fixtures.ts';
import { type Plain, plain, plainOps } from '../plain-ops.ts';

const seed = 8;

/** Gradients of sum(f(inputs) * direction) by central differences of the double-precision interpreter. */
function differences(
  f: (...inputs: Plain[]) => Plain,
  inputs: readonly Plain[],
  direction: ArrayLike<number>,
): Float64Array[] {
  const value = (own: readonly Plain[]) => f(...own).values.reduce((sum, v, i) => sum + v * direction[i], 0);
  const h = 1e-4;
  return inputs.map((input, k) =>
    input.values.map((_, i) => {
      const moved = (by: number) =>
        inputs.map((other, j) =>
          j === k ? { shape: other.shape, values: other.values.map((v, m) => (m === i ? v + by : v)) } : other,
        );
      return (value(moved(h)) - value(moved(-h))) / (2 * h);
    }),
  );
}

async function gradients(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly Plain[],
  direction: Float32Array,
): Promise<Float32Array[]> {
  const tensors = tf.tidy(() =>
    tf.grads((...own: tf.Tensor[]) => {
      const out = f(...own);
      return tf.sum(tf.mul(out, tf.tensor(direction, out.shape)));
    })(inputs.map(({ values, shape }) => tf.tensor(Float32Array.from(values), [...shape]))),
  );
  const values = (await Promise.all(tensors.map((t) => t.data()))) as Float32Array[];
  tf.dispose(tensors);
  return values;
}

describe(`tfjsOps (seed ${seed})`, () => {
  before(() => useWasmBackend());

  const random = createRng(seed);
  const tensor = (...shape: number[]) =>
    plain(
      normals(
        random,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
    );
  const cases = [
    {
      name: 'linear, rank 4',
      tfjs: tfjsOps.linear,
      truth: plainOps.linear,
      inputs: [tensor(2, 3, 2, 5), tensor(5, 4), tensor(4)],
      out: 2 * 3 * 2 * 4,
    },
    {
      name: 'linear, rank 2',
      tfjs: tfjsOps.linear,
      truth: plainOps.linear,
      inputs: [tensor(3, 5), tensor(5, 2), tensor(2)],
      out: 6,
    },
    {
      name: 'mix over tokens',
      tfjs: tfjsOps.mix,
      truth: plainOps.mix,
      inputs: [tensor(4, 4), tensor(3, 4, 6)],
      out: 3 * 4 * 6,
    },
    {
      name: 'mix over channels, fewer rows',
      tfjs: tfjsOps.mix,
      truth: plainOps.mix,
      inputs: [tensor(2, 5), tensor(2, 3, 5, 4)],
      out: 2 * 3 * 2 * 4,
    },
  ] as const;
  for (const { name, tfjs, truth, inputs, out } of cases) {
    it(`${name}: gradients equal finite differences, nothing is left behind`, async () => {
      const direction = normals(random, out);
      const tensorsBefore = tf.memory().numTensors;
      const got = await gradients(tfjs as (...own: tf.Tensor[]) => tf.Tensor, inputs, direction);
      const want = differences(truth as (...own: Plain[]) => Plain, inputs, direction);
      got.forEach((g, k) => assert.ok(relativeError(g, want[k]) < 1e-4, `input ${k}: ${relativeError(g, want[k])}`));
      assert.equal(tf.memory().numTensors, tensorsBefore);
    });
  }

  it('softplus does not overflow, and layerNorm of a constant row is zero', () => {
    const [soft, norm] = tf.tidy(() => {
      const x = tf.tensor([-200, -1, 0, 1, 200], [1, 5], 'float32');
      return [Array.from(tfjsOps.softplus(x).dataSync()), Array.from(tfjsOps.layerNorm(tf.fill([2, 4], 3)).dataSync())];
    });
    const want = plainOps.softplus(plain([-200, -1, 0, 1, 200], [1, 5])).values;
    assert.ok(relativeError(soft, want) < 1e-6, `${soft}`);
    assert.ok(
      norm.every((v) => Math.abs(v) < 1e-3),
      `${norm}`,
    );
  });
});
