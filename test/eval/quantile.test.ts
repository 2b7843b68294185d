import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { quantileAt, quantileOfSorted, unbiasedQuantileOfSorted } from '../../src/eval/quantile.ts';

test('type 7 as numpy: quantile of 1 2 4 8', () => {
  const sorted = [1, 2, 4, 8];
  assert.equal(quantileOfSorted(sorted, 0), 1);
  assert.equal(quantileOfSorted(sorted, 0.5), 3);
  assert.ok(Math.abs(quantileOfSorted(sorted, 0.9) - 6.8) < 1e-12);
  assert.equal(quantileOfSorted(sorted, 1), 8);
  assert.equal(quantileOfSorted([7], 0.3), 7);
});

test('type 6 as R: quantile(c(1, 2, 4, 8), c(.3, .5, .95), type = 6)', () => {
  const sorted = [1, 2, 4, 8];
  assert.equal(unbiasedQuantileOfSorted(sorted, 0.5), 3);
  assert.ok(Math.abs(unbiasedQuantileOfSorted(sorted, 0.3) - 1.5) < 1e-12);
  assert.equal(unbiasedQuantileOfSorted(sorted, 0.95), 8);
  assert.equal(unbiasedQuantileOfSorted(sorted, 0.01), 1);
});

test('type 6 covers what it says for small samples, type 7 does not', () => {
  const rng = createRng(3);
  const trials = 20_000;
  let six = 0;
  let seven = 0;
  for (let i = 0; i < trials; i++) {
    const sorted = Float64Array.from({ length: 19 }, () => rng.normal()).sort();
    const next = rng.normal();
    if (next <= unbiasedQuantileOfSorted(sorted, 0.9)) six += 1;
    if (next <= quantileOfSorted(sorted, 0.9)) seven += 1;
  }
  assert.ok(Math.abs(six / trials - 0.9) < 0.01, String(six / trials));
  assert.ok(seven / trials < 0.88, String(seven / trials));
});

test('a law between its quantiles: linear inside, held outside', () => {
  const levels = [0.1, 0.4, 0.8];
  const quantiles = [99, 1, 4, 12];
  assert.equal(quantileAt(0.05, quantiles, levels, 1), 1);
  assert.equal(quantileAt(0.4, quantiles, levels, 1), 4);
  assert.ok(Math.abs(quantileAt(0.5, quantiles, levels, 1) - 6) < 1e-12);
  assert.equal(quantileAt(0.99, quantiles, levels, 1), 12);
  assert.equal(quantileAt(0.5, [3], [0.5]), 3);
});
