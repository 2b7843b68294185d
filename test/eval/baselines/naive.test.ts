import assert from 'node:assert/strict';
import test from 'node:test';
import { naive } from '../../../src/eval/baselines/naive.ts';

test('repeats each channel’s last observed value', () => {
  const history = Float64Array.of(1, 10, Number.NaN, 2, 20, Number.NaN, 3, Number.NaN, Number.NaN);
  assert.deepEqual([...naive(history, 3, 2)], [3, 20, Number.NaN, 3, 20, Number.NaN]);
  assert.equal(naive(new Float64Array(0), 2, 3).length, 6);
});
