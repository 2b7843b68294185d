import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { exactProbes, randomProbes } from '../../src/diffusion/trace-probes.ts';
import { meanOf } from './analytic.ts';

const matrix = [
  [2, 0.5, -1],
  [0.3, -1, 0.7],
  [1.1, 0.2, 0.4],
];
const trace = 1.4;
const quadratic = (v: Float32Array) =>
  matrix.reduce((sum, row, i) => sum + row.reduce((a, m, j) => a + v[i] * m * v[j], 0), 0);

describe('trace probes', () => {
  it('of unit vectors give the trace itself', () => {
    const { mean } = meanOf(exactProbes(3).map(quadratic));
    assert.ok(Math.abs(mean - trace) < 1e-6, `${mean}`);
  });

  it('at random give it within their error, and signs with the smaller one', () => {
    const errors = (['rademacher', 'gaussian'] as const).map((kind) => {
      const { mean, error } = meanOf(randomProbes(createRng(3), kind, 4000, 3).map(quadratic));
      assert.ok(Math.abs(mean - trace) < 4.5 * error, `${kind}: ${mean} +- ${error}`);
      return error;
    });
    assert.ok(errors[0] < errors[1]);
  });

  it('signs are signs', () => {
    assert.ok(randomProbes(createRng(4), 'rademacher', 2, 50).every((v) => v.every((x) => Math.abs(x) === 1)));
  });
});
