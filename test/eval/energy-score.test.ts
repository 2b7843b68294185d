import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { sampleCrps } from '../../src/eval/crps.ts';
import { energyScore } from '../../src/eval/energy-score.ts';

const finite = fc.double({ min: -100, max: 100, noNaN: true });

test('by hand: samples (3, 4) and (0, 0) of the origin', () => {
  // E|X - y| = 5 / 2; the pair is 5 apart: plain spread 2 x 5 / (2 x 4), fair 2 x 5 / (2 x 2).
  assert.equal(energyScore([0, 0], [3, 4, 0, 0], 'plain'), 2.5 - 1.25);
  assert.equal(energyScore([0, 0], [3, 4, 0, 0], 'fair'), 0);
});

test('in one dimension it is the CRPS', () => {
  fc.assert(
    fc.property(
      finite,
      fc.array(finite, { minLength: 2, maxLength: 12 }),
      fc.constantFrom('plain' as const, 'fair' as const),
      (target, samples, form) => {
        assert.ok(Math.abs(energyScore([target], samples, form) - sampleCrps(target, samples, form)) < 1e-7);
      },
    ),
  );
});

test('the true dependence scores better than independence', () => {
  const rng = createRng(9);
  let joint = 0;
  let independent = 0;
  for (let i = 0; i < 400; i++) {
    const common = rng.normal();
    const target = [common, common, common];
    joint += energyScore(
      target,
      Array.from({ length: 40 }, () => rng.normal()).flatMap((x) => [x, x, x]),
    );
    independent += energyScore(
      target,
      Array.from({ length: 120 }, () => rng.normal()),
    );
  }
  assert.ok(joint < independent, `${joint} ${independent}`);
});
