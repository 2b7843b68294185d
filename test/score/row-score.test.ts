import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Residual } from '../../src/core/inference.ts';
import { blameOf, largestShares, rowScore } from '../../src/score/row-score.ts';

const mean = Float64Array.of(0.7, 0.2, 0);
const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}`);

describe('rowScore', () => {
  it('is the mean of R^2 / (c + .3) over the channels of the row', () => {
    const squared = Float64Array.of(9, 9, 9, 2, 1, 0.3);
    near(rowScore(squared, 1, mean), (2 / 1 + 1 / 0.5 + 0.3 / 0.3) / 3);
  });

  it('leaves out what was not scored, and is NaN where nothing was', () => {
    near(rowScore(Float64Array.of(Number.NaN, 1, Number.NaN), 0, mean), 2);
    assert.ok(Number.isNaN(rowScore(new Float64Array(3).fill(Number.NaN), 0, mean)));
  });

  it('bounds a broken cell', () => {
    near(rowScore(Float64Array.of(Number.POSITIVE_INFINITY, 0, 0), 0, mean), 1e6 / 3);
  });
});

const residual = (squared: readonly number[], changes: Partial<Residual> = {}): Residual => {
  const none = new Float64Array(squared.length);
  return { squared: Float64Array.from(squared), expected: none, halfWidth90: none, ...changes };
};

describe('blameOf', () => {
  it('is R^2 / (c + .05) where only the past is known', () => {
    const blame = blameOf(residual([9, 9, 9, 0.75, 0.5, 0.1]), 1, mean);
    for (const [c, expected] of [1, 2, 2].entries()) near(blame[c], expected);
  });

  it('is the geometric mean over the ways of looking: off in all of them comes before far off in one', () => {
    const row = residual([4 * 0.75, 64 * 0.25, 0.05], {
      bias: Float64Array.of(2, 0.1, 1),
      level: Float64Array.of(-2, 0.1, Number.NaN),
    });
    const blame = blameOf(row, 0, mean);
    near(blame[0], (4 * (4 / 1.05) ** 2) ** (1 / 3));
    near(blame[1], (64 * (0.01 / 1.05) ** 2) ** (1 / 3));
    near(blame[2], Math.sqrt(1 / 1.05));
    assert.ok(blame[0] > blame[1]);
  });

  it('of a cell that was not scored is NaN, of one that is no surprise at all 0', () => {
    const zero = Float64Array.of(0, 1, 0);
    const [first, second, third] = blameOf(residual([Number.NaN, 0, 0], { level: zero }), 0, mean);
    assert.ok(Number.isNaN(first));
    assert.ok(second > 0);
    assert.equal(third, 0);
  });
});

describe('largestShares', () => {
  it('gives shares of the whole, largest first', () => {
    const shares = largestShares(Float64Array.of(1, 3, 1), 3);
    assert.deepEqual(shares, [
      { channel: 1, share: 3 / 5 },
      { channel: 0, share: 1 / 5 },
      { channel: 2, share: 1 / 5 },
    ]);
  });

  it('cuts to the count, the shares still of the whole row, ties by index', () => {
    assert.deepEqual(largestShares(Float64Array.of(1, 1), 1), [{ channel: 0, share: 0.5 }]);
  });

  it('names nobody when there is no blame', () => {
    assert.deepEqual(largestShares(Float64Array.of(0, Number.NaN, 0), 3), []);
  });
});
