import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CholeskyDecomposition } from 'ml-matrix';
import { createRng } from '../../../src/core/rng.ts';
import { cholesky, choleskySolve } from '../../../src/diffusion/base/cholesky.ts';
import { square } from './kalman-reference.ts';

function positive(n: number, seed: number) {
  const rng = createRng(seed);
  const root = square(
    Array.from({ length: n * n }, () => rng.normal()),
    n,
    n,
  );
  const a = root.mmul(root.transpose());
  for (let i = 0; i < n; i++) a.set(i, i, a.get(i, i) + 0.1);
  return { a, rng };
}

describe('cholesky', () => {
  it('is the factor that another library finds, in place too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer(), (n, seed) => {
        const { a } = positive(n, seed);
        const want = new CholeskyDecomposition(a).lowerTriangularMatrix;
        const root = new Float64Array(n * n);
        const logDeterminant = cholesky(Float64Array.from(a.to1DArray()), n, root);
        let sum = 0;
        for (let i = 0; i < n; i++) {
          sum += 2 * Math.log(want.get(i, i));
          for (let j = 0; j <= i; j++) assert.ok(Math.abs(root[i * n + j] - want.get(i, j)) < 1e-9);
        }
        assert.ok(Math.abs(logDeterminant - sum) < 1e-9);
        const inPlace = Float64Array.from(a.to1DArray());
        cholesky(inPlace, n, inPlace);
        for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) assert.equal(inPlace[i * n + j], root[i * n + j]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('choleskySolve', () => {
  it('solves for every column', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 4 }), fc.integer(), (n, columns, seed) => {
        const { a, rng } = positive(n, seed);
        const b = Float64Array.from({ length: n * columns }, () => rng.normal());
        const root = Float64Array.from(a.to1DArray());
        cholesky(root, n, root);
        const x = b.slice();
        choleskySolve(root, n, x, columns);
        for (let i = 0; i < n; i++)
          for (let k = 0; k < columns; k++) {
            let sum = 0;
            for (let l = 0; l < n; l++) sum += a.get(i, l) * x[l * columns + k];
            assert.ok(Math.abs(sum - b[i * columns + k]) < 1e-7);
          }
      }),
      { numRuns: 100 },
    );
  });
});
