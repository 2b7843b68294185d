import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { largestShares, rowScore } from '../../src/score/row-score.ts';

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

describe('largestShares', () => {
  it('gives shares of R^2 / (c + .05), largest first', () => {
    const shares = largestShares(Float64Array.of(0.75, 0.75, 0.05), 0, mean, 3);
    assert.deepEqual(
      shares.map((s) => s.channel),
      [1, 0, 2],
    );
    near(shares[0].share, 3 / 5);
    near(shares[1].share, 1 / 5);
    near(
      shares.reduce((sum, s) => sum + s.share, 0),
      1,
    );
  });

  it('cuts to the count, the shares still of the whole row, ties by index', () => {
    const shares = largestShares(Float64Array.of(9, 9, 1, 1), 1, Float64Array.of(0.2, 0.2), 1);
    assert.deepEqual(shares, [{ channel: 0, share: 0.5 }]);
  });

  it('names nobody when all residuals are zero or missing', () => {
    assert.deepEqual(largestShares(Float64Array.of(0, Number.NaN, 0), 0, mean, 3), []);
  });
});
