import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { determinant } from 'ml-matrix';
import { createRng } from '../../../src/core/rng.ts';
import { invertPositive } from '../../../src/diffusion/base/invert-positive.ts';
import { square } from './kalman-reference.ts';

describe('invertPositive', () => {
  it('is the inverse, and tells the logarithm of the determinant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer(), (n, seed) => {
        const rng = createRng(seed);
        const root = square(
          Array.from({ length: n * n }, () => rng.normal()),
          n,
          n,
        );
        const a = root.mmul(root.transpose());
        for (let i = 0; i < n; i++) a.set(i, i, a.get(i, i) + 0.1);
        const lower = Float64Array.from(a.to1DArray(), (value, i) => (i % n > Math.floor(i / n) ? Number.NaN : value));
        const out = new Float64Array(n * n);
        const logDeterminant = invertPositive(lower, n, new Float64Array(n * n), out);
        const unit = a.mmul(square(out, n, n));
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) {
            assert.ok(Math.abs(unit.get(i, j) - (i === j ? 1 : 0)) < 1e-7, `${i}, ${j}: ${unit.get(i, j)}`);
            assert.equal(out[i * n + j], out[j * n + i]);
          }
        assert.ok(Math.abs(logDeterminant - Math.log(determinant(a))) < 1e-7);
      }),
      { numRuns: 100 },
    );
  });
});
