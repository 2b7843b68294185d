import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastSeason } from '../../../src/eval/baselines/last-season.ts';

const gap = Number.NaN;
const filled = (values: readonly number[], period: number, channels = 1) => [
  ...lastSeason(Float64Array.from(values), channels, period),
];

test('a missing cell takes the value a period before', () => {
  assert.deepEqual(filled([1, 2, 3, 4, gap, 6], 3), [1, 2, 3, 4, 2, 6]);
  assert.deepEqual(filled([1, 10, 2, 20, gap, 30, 4, gap], 2, 2), [1, 10, 2, 20, 1, 30, 4, 20]);
});

test('where that is missing, or nothing is known of the time before, the last observed value', () => {
  assert.deepEqual(filled([1, gap, 3, 4, gap, 6], 3), [1, 1, 3, 4, 4, 6]);
  assert.deepEqual(filled([5, gap, gap], 9), [5, 5, 5]);
  assert.deepEqual(filled([gap, 7], 9), [7, 7]);
});

test('what is known stays, and the input too', () => {
  const values = Float64Array.from([1, gap, 3]);
  assert.notEqual(lastSeason(values, 1, 1), values);
  assert.deepEqual([...values], [1, gap, 3]);
});
