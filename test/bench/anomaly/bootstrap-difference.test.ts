import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { bootstrapDifference } from './bootstrap-difference.ts';

test('the mean difference lies within its interval, which is that of a mean of normal draws', () => {
  const rng = createRng(9);
  const pairs = Array.from({ length: 60 }, () => [1 + rng.normal(), 0.5] as const);
  const { mean, low, high, files } = bootstrapDifference(pairs);
  const differences = pairs.map(([a, b]) => a - b);
  const average = differences.reduce((a, b) => a + b, 0) / 60;
  const deviation = Math.sqrt(differences.reduce((sum, d) => sum + (d - average) ** 2, 0) / 60);
  assert.equal(files, 60);
  assert.ok(Math.abs(mean - average) < 1e-12);
  const half = (1.96 * deviation) / Math.sqrt(60);
  for (const [actual, expected] of [
    [low, average - half],
    [high, average + half],
  ])
    assert.ok(Math.abs(actual - expected) < 0.15 * half, `${actual} is not about ${expected}`);
});

test('the same pairs give the same interval; a single one gives itself; none gives nothing', () => {
  const pairs = [
    [0.5, 0.25],
    [0.75, 0.5],
  ] as const;
  assert.deepEqual(bootstrapDifference(pairs), { mean: 0.25, low: 0.25, high: 0.25, files: 2 });
  assert.deepEqual(bootstrapDifference(pairs.slice(1)), { mean: 0.25, low: 0.25, high: 0.25, files: 1 });
  const { mean, files } = bootstrapDifference([[Number.NaN, 1]]);
  assert.ok(Number.isNaN(mean));
  assert.equal(files, 0);
});
