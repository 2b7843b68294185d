import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { thresholdCrossings } from '../../src/eval/threshold-crossings.ts';

test('by hand: three paths, two steps, two channels', () => {
  // counts above (1, 1): step 0: 0, 1, 2; step 1: 2, 2, 2
  const samples = [0, 0, 2, 2, /**/ 2, 0, 3, 3, /**/ 2, 2, 5, 2];
  const targets = [2, 0, 0, 0];
  const result = thresholdCrossings(samples, targets, [1, 1], 2);
  // truths 1 and 0; intervals [0, 2] and [2, 2]
  assert.equal(result.coverage90, 0.5);
  assert.equal(result.width90, 1);
  assert.equal(result.rate, 0.5);
  // chances 2/3 and 1
  assert.ok(Math.abs(result.brier - ((1 / 3) ** 2 + 1) / 2) < 1e-12);
  // fair CRPS: E|X - y| = 2/3, E|X - X'| of three members = (1 + 2 + 1) / 3, halved; and 2 with no spread
  assert.ok(Math.abs(result.crps - (2 / 3 - 2 / 3 + 2) / 2) < 1e-12);
});

test('a value on its threshold is not above it, and a step with a missing target is left out', () => {
  const result = thresholdCrossings([1, 9, 1, 9], [1, Number.NaN], [1], 2);
  assert.equal(result.rate, 0);
  assert.equal(result.brier, 0);
  assert.equal(result.coverage90, 1);
});

test('the true dependence says better how many channels are above at once', () => {
  const rng = createRng(5);
  const [paths, steps, channels] = [60, 300, 8];
  const joint = new Float64Array(paths * steps * channels);
  const apart = joint.map(() => rng.normal());
  for (let i = 0; i < paths * steps; i++) joint.fill(rng.normal(), i * channels, (i + 1) * channels);
  const targets = new Float64Array(steps * channels);
  for (let i = 0; i < steps; i++) targets.fill(rng.normal(), i * channels, (i + 1) * channels);
  const thresholds = new Array<number>(channels).fill(1);
  const right = thresholdCrossings(joint, targets, thresholds, steps);
  const wrong = thresholdCrossings(apart, targets, thresholds, steps);
  assert.ok(right.crps < wrong.crps && right.brier < wrong.brier);
  assert.ok(wrong.coverage90 < 0.9 && right.coverage90 > 0.85, `${wrong.coverage90} ${right.coverage90}`);
});

test('refuses shapes that do not belong together', () => {
  assert.throws(() => thresholdCrossings([1, 2, 3], [1, 2], [0], 1), /threshold crossings/);
});
