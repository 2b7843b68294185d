import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestOfEach } from '../../../src/cli/train/ordinary-scores.ts';

const scores = [1, 2, 3, 4, 5, 6].map((score) => ({ series: score % 3 === 0 ? 'short' : 'long', score }));

test('the newest of every series, as many of each, oldest first', () => {
  assert.deepEqual([...newestOfEach(scores, 4)], [3, 4, 5, 6]);
  assert.deepEqual([...newestOfEach(scores, 2)], [5, 6]);
});

test('a series that has fewer leaves its places to the others', () => {
  assert.deepEqual([...newestOfEach(scores, 5)], [2, 3, 4, 5, 6]);
  assert.deepEqual([...newestOfEach(scores, 100)], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...newestOfEach([], 4)], []);
});
