import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import { DenseMemory } from '../../../src/diffusion/base/dense-memory.ts';
import { congruence } from '../../../src/diffusion/base/kalman-congruence.ts';
import { square } from './kalman-reference.ts';

describe('congruence', () => {
  it("is T S T', and leaves the rows of T S that it needed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer(),
        (channels, rank, seed) => {
          const rng = createRng(seed);
          const n = channels + rank;
          const memory = new DenseMemory(4 * n * n);
          const kept = (values: ArrayLike<number>) => {
            const data = memory.array(n * n);
            data.set(values);
            return data;
          };
          const transition = Float64Array.from({ length: n * n }, (_, i) =>
            Math.floor(i / n) >= channels && i % n >= channels ? 0 : rng.normal(),
          );
          const root = square(
            Array.from({ length: n * n }, () => rng.normal()),
            n,
            n,
          );
          const s = root.mmul(root.transpose());
          const [product, out] = [memory.array(n * n), memory.array(n * n)];
          congruence(memory, kept(transition), kept(s.to1DArray()), channels, n, product, out);
          const first = square(transition, n, n).mmul(s);
          const want = first.mmul(square(transition, n, n).transpose());
          for (let i = 0; i < n; i++)
            for (let j = 0; j < n; j++) {
              assert.ok(Math.abs(out[i * n + j] - want.get(i, j)) < 1e-9);
              if (i < channels || j < channels) assert.ok(Math.abs(product[i * n + j] - first.get(i, j)) < 1e-9);
            }
        },
      ),
      { numRuns: 100 },
    );
  });
});
