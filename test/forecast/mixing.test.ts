import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { writeWeights } from '../../src/forecast/mixing.ts';

const weights = (own: number[], all: number[], rows = 1000) => {
  const out = new Float64Array(own.length + 1);
  writeWeights(Float64Array.from(own), Float64Array.from(all), rows, out, 1);
  return [...out.subarray(1)];
};
const near = (got: readonly number[], want: readonly number[]) =>
  got.forEach((value, k) => void assert.ok(Math.abs(value - want[k]) < 1e-9, `${got}, expected ${want}`));

describe('writeWeights', () => {
  it('are equal where the members are equally good', () => {
    near(weights([2, 2, 2], [5, 5, 5]), [1 / 3, 1 / 3, 1 / 3]);
    near(weights([0, 0, 0], [0, 0, 0]), [1 / 3, 1 / 3, 1 / 3]);
  });

  it('are the softmax of the formula, half this horizon, half all', () => {
    // own 1 and 1.2, all 3 and 3: c = 2 and 2.1, mean 2.05
    const [first, second] = [2, 2.1].map((c) => Math.exp(-20 * (c / 2.05 - 1)));
    near(weights([1, 1.2], [3, 3]), [first / (first + second), second / (first + second)]);
  });

  it('begin with the network alone and come to what the errors say', () => {
    near(weights([9, 1, 1], [9, 1, 1], 0), [1, 0, 0]);
    const half = weights([9, 1, 1], [9, 1, 1], 50);
    assert.ok(Math.abs(half[0] - 0.5) < 1e-9);
    assert.ok(weights([9, 1, 1], [9, 1, 1], 100)[0] < 1e-9);
  });

  it('property: positive, sum to 1, do not depend on the unit, and better is more', () => {
    const loss = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(loss, loss, loss), fc.integer({ min: 100, max: 2000 }), (losses, rows) => {
        const got = weights(losses, losses, rows);
        assert.ok(Math.abs(got.reduce((a, b) => a + b, 0) - 1) < 1e-9 && got.every((w) => w >= 0));
        near(
          weights(
            losses.map((c) => 64 * c),
            losses.map((c) => 64 * c),
            rows,
          ),
          got,
        );
        const order = [0, 1, 2].sort((a, b) => losses[a] - losses[b]);
        assert.ok(got[order[0]] >= got[order[1]] && got[order[1]] >= got[order[2]]);
      }),
    );
  });
});
