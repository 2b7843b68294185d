import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import { DenseMemory } from '../../../src/diffusion/base/dense-memory.ts';

const size = fc.integer({ min: 1, max: 11 });

describe('DenseMemory', () => {
  it('multiplies blocks within larger matrices, for every remainder of its own blocks', () => {
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.integer(), (rows, columns, inner, lower, seed) => {
        const rng = createRng(seed);
        const stride = 13;
        const memory = new DenseMemory(600);
        const make = () => {
          const data = memory.array(200);
          for (let i = 0; i < data.length; i++) data[i] = rng.normal();
          return { data, offset: 15, stride };
        };
        const [a, b, out] = [make(), make(), make()];
        const untouched = out.data.slice();
        memory.multiplyTransposed(a, b, out, rows, columns, inner, lower);
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
      { numRuns: 200 },
    );
  });

  it('does nothing where there are no rows, columns or terms, but for sums of no terms', () => {
    const memory = new DenseMemory(12);
    const [a, b, out] = [memory.array(4), memory.array(4), memory.array(4)].map((data) => ({
      data,
      offset: 0,
      stride: 2,
    }));
    assert.ok(a && b && out);
    out.data.fill(7);
    memory.multiplyTransposed(a, b, out, 0, 2, 2, false);
    memory.multiplyTransposed(a, b, out, 2, 0, 2, false);
    assert.deepEqual([...out.data], [7, 7, 7, 7]);
    memory.multiplyTransposed(a, b, out, 2, 2, 0, false);
    assert.deepEqual([...out.data], [0, 0, 0, 0]);
  });

  it('keeps its arrays apart and says when it is spent', () => {
    const memory = new DenseMemory(10_000);
    const first = memory.array(9000);
    const second = memory.array(1000);
    second.fill(1);
    assert.ok(first.every((value) => value === 0));
    assert.throws(() => memory.array(9000), RangeError);
  });

  it('refuses matrices of another memory', () => {
    const [memory, other] = [new DenseMemory(10), new DenseMemory(10)];
    const at = (data: Float64Array) => ({ data, offset: 0, stride: 1 });
    const [mine, theirs] = [at(memory.array(1)), at(other.array(1))];
    assert.throws(() => memory.multiplyTransposed(mine, theirs, mine, 1, 1, 1, false), TypeError);
  });
});
