import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { crpsLevels, quantileCrps } from '../../src/eval/crps.ts';
import { crpsSum } from '../../src/eval/crps-sum.ts';

test('by hand: two paths, two steps, two channels', () => {
  // [sample, step, channel]: sums over channels are 3, 7 in path 0 and 5, 9 in path 1.
  const samples = [1, 2, 3, 4, 2, 3, 4, 5];
  const targets = [2, 2, 10, 0];
  const step = (low: number, high: number, target: number) =>
    quantileCrps(
      target,
      crpsLevels.map((level) => low + level * (high - low)),
      crpsLevels,
    );
  const expected = [step(3, 5, 4), step(7, 9, 10)];
  const result = crpsSum(samples, targets, { steps: 2, channels: 2 });
  assert.ok(Math.abs(result.crps - (expected[0] + expected[1]) / 2) < 1e-12);
  assert.ok(Math.abs(result.normalised - (expected[0] + expected[1]) / 14) < 1e-12);
});

test('by hand: the interval of the sums by the type-6 rule', () => {
  // 19 paths with the sums 1 ... 19 in each of two steps: level .05 stands at position 20 x .05 = 1, .95 at 19
  const samples = Array.from({ length: 19 }, (_, k) => [k, 1, k, 1]).flat();
  const result = crpsSum(samples, [10, 9, 12, 8], { steps: 2, channels: 2 });
  assert.equal(result.width90, 18);
  assert.equal(result.coverage90, 0.5);
});

test('exchangeable paths are covered as promised', () => {
  const rng = createRng(3);
  const [paths, steps] = [39, 2000];
  const samples = Array.from({ length: paths * steps * 2 }, () => rng.normal());
  const targets = Array.from({ length: steps * 2 }, () => rng.normal());
  const { coverage90 } = crpsSum(samples, targets, { steps, channels: 2 });
  assert.ok(Math.abs(coverage90 - 0.9) < 4 * Math.sqrt(0.09 / steps), `${coverage90}`);
});

test('a step with a missing target is left out', () => {
  const one = crpsSum([1, 2, 2, 3], [2, 2], { steps: 1, channels: 2 });
  const two = crpsSum([1, 2, 9, 9, 2, 3, 9, 9], [2, 2, Number.NaN, 1], { steps: 2, channels: 2 });
  assert.deepEqual(two, one);
});

test('sees dependence that cells do not: shuffled paths score worse on correlated channels', () => {
  const rng = createRng(2);
  const paths = 200;
  const steps = 200;
  const joint: number[] = [];
  const shuffled: number[] = [];
  for (let i = 0; i < paths * steps; i++) {
    const common = rng.normal();
    joint.push(common, common, common);
    shuffled.push(rng.normal(), rng.normal(), rng.normal());
  }
  const targets = Array.from({ length: steps }, () => rng.normal()).flatMap((common) => [common, common, common]);
  const shape = { steps, channels: 3 };
  assert.ok(crpsSum(joint, targets, shape).crps < crpsSum(shuffled, targets, shape).crps);
});

test('refuses shapes that do not belong together', () => {
  assert.throws(() => crpsSum([1, 2, 3], [1, 2], { steps: 1, channels: 2 }), /CRPS-sum/);
});
