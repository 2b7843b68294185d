import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { LEVELS, scoreLevel } from '../../src/score/score-level.ts';

const score = fc.double({ min: 0, max: 1e6, noNaN: true });

it('scoreLevel is monotone and within its levels', () => {
  fc.assert(
    fc.property(score, score, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      assert.ok(scoreLevel(low) <= scoreLevel(high));
      assert.ok(scoreLevel(low) >= 0 && scoreLevel(high) < LEVELS);
    }),
  );
});

it('scoreLevel tells scores apart that differ by 1 %', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-4, max: 2e5, noNaN: true }), (a) => {
      assert.ok(scoreLevel(a * 1.01) > scoreLevel(a));
    }),
  );
});

it('scoreLevel puts zero lowest and anything beyond highest', () => {
  assert.equal(scoreLevel(0), 0);
  assert.equal(scoreLevel(Number.POSITIVE_INFINITY), LEVELS - 1);
});
