import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../../src/core/rng.ts';
import type { Ops } from '../../../src/diffusion/ops/ops.ts';
import { tfjsOps } from '../../../src/diffusion/ops/tfjs.ts';
import { tfjsVjp } from '../../../src/diffusion/ops/tfjs-vjp.ts';
import { useWasmBackend } from '../../../src/infer/engines/wasm.ts';
import { normals, relativeError } from '../fixtures.ts';
import { plain, plainOps } from '../plain-ops.ts';
import { plainVjp } from '../plain-vjp.ts';

const seed = 9;

describe(`tfjsVjp (seed ${seed})`, () => {
  before(() => useWasmBackend());

  it('is J transposed times the cotangent, and leaves nothing but what it returns', () => {
    const rng = createRng(seed);
    const [z, cotangent, weight, bias] = [[2, 3], [2, 4], [3, 4], [4]].map((shape) =>
      plain(
        normals(
          rng,
          shape.reduce((a, b) => a * b, 1),
        ),
        shape,
      ),
    );
    const program =
      <T>(ops: Ops<T>, w: T, b: T) =>
      (x: T) =>
        ops.mul(ops.silu(ops.linear(x, w, b)), ops.softplus(ops.linear(x, w, b)));
    const truth = plainVjp(program(plainOps, weight, bias), z, cotangent);
    const before = tf.memory().numTensors;
    const [value, product] = tf.tidy(() => {
      const [x, v, w, b] = [z, cotangent, weight, bias].map(({ values, shape }) =>
        tf.tensor(Float32Array.from(values), [...shape]),
      );
      const own = tfjsVjp(program(tfjsOps, w, b), x, v);
      return [own.value.dataSync(), own.product.dataSync()];
    });
    assert.ok(relativeError(value, truth.value.values) < 1e-5);
    assert.ok(relativeError(product, truth.product.values) < 1e-4, `${relativeError(product, truth.product.values)}`);
    assert.equal(tf.memory().numTensors, before);
  });
});
