import assert from 'node:assert/strict';
import test from 'node:test';
import { seasonalNaive } from '../../../src/eval/baselines/seasonal-naive.ts';

test('repeats the newest period, beyond one period again', () => {
  const history = Float64Array.of(0, 0, 1, 2, 3);
  assert.deepEqual([...seasonalNaive(history, 1, 3, 7)], [1, 2, 3, 1, 2, 3, 1]);
});

test('is exact on a periodic series', () => {
  const wave = Float64Array.from({ length: 60 }, (_, t) => Math.sin((2 * Math.PI * t) / 12));
  const forecast = seasonalNaive(wave.subarray(0, 40), 1, 12, 20);
  for (const [h, value] of forecast.entries()) assert.ok(Math.abs(value - wave[40 + h]) < 1e-12);
});

test('a missing value falls back to the last observed', () => {
  // [time, channel]; channel 1 misses the row one period back.
  const history = Float64Array.of(1, 10, 2, Number.NaN, 3, 30);
  assert.deepEqual([...seasonalNaive(history, 2, 2, 2)], [2, 30, 3, 30]);
});

test('a history of less than a period knows no season: the last observed all along', () => {
  const history = Float64Array.of(1, 10, 2, Number.NaN, 3, 30);
  assert.deepEqual([...seasonalNaive(history, 2, 4, 3)], [3, 30, 3, 30, 3, 30]);
  assert.deepEqual([...seasonalNaive(history, 2, 3, 3)], [1, 10, 2, 30, 3, 30]);
});
