import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { coverage, intervalEnds } from '../../src/eval/coverage.ts';

const levels = [0.05, 0.25, 0.5, 0.75, 0.95];

test('finds the ends of an interval, or says that they are not there', () => {
  assert.deepEqual(intervalEnds(levels, 0.9), { low: 0, high: 4 });
  assert.deepEqual(intervalEnds(levels, 0.5), { low: 1, high: 3 });
  assert.equal(intervalEnds(levels, 0.8), null);
});

test('by hand: both ends count as inside, missing cells do not count', () => {
  const quantiles = [0, 1, 0, 1, 0, 3, 0, 1, Number.NaN, 1];
  const result = coverage([0, 2, 3, Number.NaN, 0.5], quantiles, [0.05, 0.95]);
  assert.deepEqual(result, { coverage: 2 / 3, width: 5 / 3, count: 3 });
});

test('exact quantiles cover what they say', () => {
  const rng = createRng(4);
  const targets = Array.from({ length: 40_000 }, () => rng.uniform());
  const quantiles = targets.flatMap(() => levels);
  for (const level of [0.5, 0.9]) {
    const result = coverage(targets, quantiles, levels, level);
    assert.ok(Math.abs(result.coverage - level) < 0.01, `${level}: ${result.coverage}`);
    assert.ok(Math.abs(result.width - level) < 1e-9);
  }
});

test('NaN where the levels lack the interval', () => {
  const result = coverage([1], [1, 1, 1, 1, 1], levels, 0.8);
  assert.ok(Number.isNaN(result.coverage) && Number.isNaN(result.width));
  assert.equal(result.count, 0);
});
