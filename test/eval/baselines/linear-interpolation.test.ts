import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { linearInterpolation } from '../../../src/eval/baselines/linear-interpolation.ts';

const gap = Number.NaN;

test('straight lines inside, edges held, channels apart, empty channels stay empty', () => {
  // [time, channel]: three channels side by side.
  const values = Float64Array.of(gap, 5, gap, 1, gap, gap, gap, gap, gap, gap, 2, gap, 4, gap, gap);
  assert.deepEqual([...linearInterpolation(values, 3)], [1, 5, gap, 1, 4, gap, 2, 3, gap, 3, 2, gap, 4, 2, gap]);
  assert.ok(Number.isNaN(values[0]), 'the input stays as it is');
});

test('restores a straight line from any observations that include both ends; observed cells never change', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 0, maxLength: 30 }), (inner) => {
      const shown = [true, ...inner, true];
      const values = Float64Array.from(shown, (on, t) => (on ? 3 - 2 * t : gap));
      const filled = linearInterpolation(values, 1);
      for (const [t, value] of filled.entries()) assert.ok(Math.abs(value - (3 - 2 * t)) < 1e-9);
    }),
  );
});
