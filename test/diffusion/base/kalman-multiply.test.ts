import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import { multiplyTransposed } from '../../../src/diffusion/base/kalman-multiply.ts';

const size = fc.integer({ min: 1, max: 11 });

describe('multiplyTransposed', () => {
  it('is the product of blocks within larger matrices, for every remainder of its own blocks', () => {
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.integer(), (rows, columns, inner, lower, seed) => {
        const rng = createRng(seed);
        const stride = 13;
        const make = () => ({ data: Float64Array.from({ length: 200 }, () => rng.normal()), offset: 15, stride });
        const [a, b, out] = [make(), make(), make()];
        const untouched = out.data.slice();
        multiplyTransposed(a, b, out, rows, columns, inner, lower);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < (lower ? Math.min(columns, i + 1) : columns); j++) {
            let want = 0;
            for (let l = 0; l < inner; l++) want += a.data[15 + i * stride + l] * b.data[15 + j * stride + l];
            assert.ok(Math.abs(out.data[15 + i * stride + j] - want) < 1e-12);
          }
        for (let i = 0; i < out.data.length; i++) {
          const [row, column] = [Math.floor((i - 15) / stride), (i - 15) % stride];
          if (i < 15 || row >= rows || column >= columns) assert.equal(out.data[i], untouched[i]);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
