import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advanceBias, slowKeep, slowRatio, slowScore } from '../../src/score/slow-bias.ts';

describe('slow bias', () => {
  it('halves what a row leaves after the half-life', () => {
    const means = Float64Array.of(1);
    const keep = slowKeep(8);
    for (let row = 0; row < 8; row++) advanceBias(means, Float64Array.of(0), 0, keep);
    assert.ok(Math.abs(means[0] - 0.5) < 1e-12);
    assert.equal(slowKeep(0), 0);
  });

  it('leaves channels alone that were not scored, and bounds one wild cell', () => {
    const means = Float64Array.of(0.25, 0);
    advanceBias(means, Float64Array.of(Number.NaN, 1e9), 0, 0.5);
    assert.equal(means[0], 0.25);
    assert.equal(means[1], 5);
  });

  it('reads the row that is asked for', () => {
    const means = Float64Array.of(0, 0);
    advanceBias(means, Float64Array.of(1, 2, 3, 4), 1, 0);
    assert.deepEqual([...means], [3, 4]);
  });

  it('is the mean over channels with a scale, in units of what is ordinary there', () => {
    const ordinary = Float64Array.of(0.095, Number.NaN, 0.395);
    assert.ok(Math.abs(slowScore(Float64Array.of(1, 100, 0), ordinary) - 5) < 1e-9);
    assert.ok(Number.isNaN(slowScore(Float64Array.of(1), Float64Array.of(Number.NaN))));
    assert.equal(slowRatio(1e6, 0.1), 400);
  });
});
