import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advanceMeans, keepOf, offsetScore } from '../../src/score/moving-means.ts';

describe('moving means of signed residuals', () => {
  it('halve what a row leaves after the half-life', () => {
    const means = Float64Array.of(1);
    for (let row = 0; row < 8; row++) advanceMeans(means, Float64Array.of(0), 0, keepOf(8));
    assert.ok(Math.abs(means[0] - 0.5) < 1e-12);
    assert.equal(keepOf(0), 0);
  });

  it('leave channels alone of which nothing is known, and bound one wild cell', () => {
    const means = Float64Array.of(0.25, 0);
    advanceMeans(means, Float64Array.of(Number.NaN, 1e9), 0, 0.5);
    assert.deepEqual([...means], [0.25, 5]);
    advanceMeans(means, Float64Array.of(-1e9, 0), 0, 0, 25);
    assert.deepEqual([...means], [-25, 0]);
  });

  it('read the row that is asked for', () => {
    const means = Float64Array.of(0, 0);
    advanceMeans(means, Float64Array.of(1, 2, 3, 4), 1, 0);
    assert.deepEqual([...means], [3, 4]);
  });

  it('are scored by the mean over channels with a scale, in units of what is ordinary there', () => {
    const ordinary = Float64Array.of(0.095, Number.NaN, 0.395);
    assert.ok(Math.abs(offsetScore(Float64Array.of(1, 100, 0), ordinary) - 5) < 1e-9);
    assert.ok(Number.isNaN(offsetScore(Float64Array.of(1), Float64Array.of(Number.NaN))));
    assert.equal(offsetScore(Float64Array.of(1e6), Float64Array.of(0.1)), 400, 'one broken channel is bounded');
  });
});
