import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import { multiplyVector } from '../../../src/diffusion/base/kalman-multiply-vector.ts';

describe('multiplyVector', () => {
  it('is the product, for every size and place of the vector', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 0, max: 5 }), fc.integer(), (n, offset, seed) => {
        const rng = createRng(seed);
        const a = Float64Array.from({ length: n * n }, () => rng.normal());
        const x = Float64Array.from({ length: n + 6 }, () => rng.normal());
        const out = new Float64Array(n + 1).fill(7);
        multiplyVector(a, x, offset, n, out);
        for (let i = 0; i < n; i++) {
          let want = 0;
          for (let j = 0; j < n; j++) want += a[i * n + j] * x[offset + j];
          assert.ok(Math.abs(out[i] - want) < 1e-12);
        }
        assert.equal(out[n], 7);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});
