import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { createRunningZScore, zScore } from '../../../src/eval/baselines/z-score.ts';
import { rankingAreas } from '../../../src/eval/pr-auc.ts';

test('by hand: two channels, one of them missing in a row', () => {
  // Channel 0: mean 2, deviation 1; channel 1: mean 10, deviation 2.
  const training = Float64Array.of(1, 8, 3, 12);
  const scores = zScore(training, Float64Array.of(4, 14, 2, Number.NaN), 2);
  assert.equal(scores[0], (2 ** 2 + 2 ** 2) / 2);
  // After 1, 3, 4 the mean is 8/3 and the variance 14/9: (2 - 8/3)^2 / (14/9).
  assert.ok(Math.abs(scores[1] - 4 / 9 / (14 / 9)) < 1e-12);
});

test('scores before it learns: the same row twice is less surprising the second time', () => {
  const running = createRunningZScore(1);
  for (const value of [0, 1, 0, 1]) running.learn([value]);
  const first = running.score([9]);
  assert.ok(running.score([9]) < first);
});

test('constant channels stay finite, absurd readings are clipped, nothing known is NaN', () => {
  const running = createRunningZScore(1);
  assert.ok(Number.isNaN(running.score([1])));
  assert.ok(Number.isNaN(running.score([Number.NaN])));
  running.learn([1]);
  assert.equal(running.score([1]), 0);
  assert.equal(running.score([1e9]), 625);
  const zeros = createRunningZScore(1);
  for (let i = 0; i < 3; i++) zeros.learn([0]);
  assert.equal(zeros.score([0]), 0);
  assert.equal(zeros.score([1e-6]), 625);
});

test('ranks jumps above the rest', () => {
  const rng = createRng(2);
  const channels = 4;
  const labels = Array.from({ length: 500 }, (_, row) => (row % 100 < 5 ? 1 : 0));
  const training = Float64Array.from({ length: 400 * channels }, () => rng.normal());
  const values = Float64Array.from(
    { length: 500 * channels },
    (_, i) => rng.normal() + (labels[Math.floor(i / channels)] === 1 ? 5 : 0),
  );
  assert.ok(rankingAreas(labels, zScore(training, values, channels)).pr > 0.98);
});
