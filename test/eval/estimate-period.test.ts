import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { estimatePeriod } from '../../src/eval/estimate-period.ts';

const wave = (period: number, rows: number, noise = 0, seed = 1) => {
  const rng = createRng(seed);
  return Float64Array.from({ length: rows }, (_, t) => Math.sin((2 * Math.PI * t) / period) + noise * rng.normal());
};

test('finds the period of a wave, of whatever height and offset, with some noise', () => {
  for (const period of [12, 24, 60, 144, 288]) {
    assert.equal(estimatePeriod(wave(period, 20 * period)), period);
    assert.equal(estimatePeriod(wave(period, 20 * period).map((x) => 1000 * x - 7)), period);
  }
  assert.equal(estimatePeriod(wave(24, 2400, 0.1)), 24);
});

test('125 where there is no period, or none in reach', () => {
  assert.equal(estimatePeriod(new Float64Array(500).fill(3)), 125);
  assert.equal(estimatePeriod(Float64Array.from({ length: 500 }, (_, t) => t)), 125);
  assert.equal(estimatePeriod(wave(350, 4000)), 125);
  assert.equal(estimatePeriod([]), 125);
  assert.equal(estimatePeriod([1, 2, 1]), 125);
});

test('missing rows count as the mean, rows beyond 20,000 not at all', () => {
  const gappy = wave(24, 2400).map((value, t) => (t % 17 === 0 ? Number.NaN : value));
  assert.equal(estimatePeriod(gappy), 24);
  const long = new Float64Array(30_000);
  long.set(wave(24, 20_000));
  long.set(wave(100, 10_000), 20_000);
  assert.equal(estimatePeriod(long), 24);
});
