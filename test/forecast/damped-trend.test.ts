import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { DampedTrend, numbersOfChannel } from '../../src/forecast/damped-trend.ts';

const ahead = (trend: DampedTrend, channel = 0, horizon = 6) => {
  const out = new Float64Array(horizon);
  return { error: trend.ahead(channel, out), values: [...out] };
};

describe('DampedTrend', () => {
  it('says nothing of what it has not seen, then holds the first value', () => {
    const trend = new DampedTrend(2);
    trend.observe(0, Number.NaN);
    assert.equal(ahead(trend).error, null);
    trend.observe(0, 7);
    assert.deepEqual(ahead(trend), { error: 0, values: Array(6).fill(7) });
    assert.equal(ahead(trend, 1).error, null, 'channels know nothing of each other');
  });

  it('follows a level that moves for good', () => {
    const trend = new DampedTrend(1);
    for (let t = 0; t < 200; t++) trend.observe(0, t < 100 ? 5 : 25);
    for (const value of ahead(trend).values) assert.ok(Math.abs(value - 25) < 0.01, String(value));
  });

  it('continues a trend, damped', () => {
    const trend = new DampedTrend(1);
    for (let t = 0; t < 300; t++) trend.observe(0, 2 * t);
    const { values } = ahead(trend);
    const steps = values.map((value, h) => value - (h === 0 ? 598 : values[h - 1]));
    assert.ok(steps[0] > 0.5 && steps[0] < 2.5, String(steps));
    for (let h = 2; h < steps.length; h++) assert.ok(Math.abs(steps[h] / steps[h - 1] - 0.9) < 1e-9, 'damping a row');
  });

  it('takes the quick smoothing for a random walk and the slow one for noise', () => {
    const rng = createRng(3);
    const [walk, noise] = [new DampedTrend(1), new DampedTrend(1)];
    let level = 0;
    let last = 0;
    for (let t = 0; t < 2000; t++) {
      level += rng.normal();
      last = rng.normal();
      walk.observe(0, level);
      noise.observe(0, last);
    }
    assert.ok(Math.abs(ahead(walk).values[0] - level) < 0.6, 'near the last value');
    // slow smoothing of unit noise with alpha .15: standard deviation sqrt(.15 / 1.85) = .28
    assert.ok(Math.abs(ahead(noise).values[0]) < 4 * 0.28);
    const { error } = ahead(noise);
    assert.ok(error !== null && Math.abs(error - Math.sqrt(2 / Math.PI)) < 0.15, `mean error ${error}`);
  });

  it('a missing cell changes neither level nor error, and lets the trend run out', () => {
    const trend = new DampedTrend(1);
    for (let t = 0; t < 100; t++) trend.observe(0, t);
    const { values, error } = ahead(trend, 0, 40);
    for (let k = 0; k < 10; k++) trend.observe(0, Number.NaN);
    const later = ahead(trend, 0, 30);
    assert.equal(later.error, error);
    later.values.forEach((value, h) => void assert.ok(Math.abs(value - values[h + 10]) < 1e-9));
  });

  it('property: goes on from its state as if it had never stopped; shifting and scaling the feed does the same to what it says', () => {
    const cell = fc.option(fc.double({ min: -100, max: 100, noNaN: true }), { nil: Number.NaN });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 60 }), fc.nat(60), (cells, cut) => {
        const whole = new DampedTrend(1);
        for (const y of cells) whole.observe(0, y);
        const before = new DampedTrend(1);
        for (const y of cells.slice(0, cut)) before.observe(0, y);
        const after = new DampedTrend(1, before.state.slice());
        for (const y of cells.slice(cut)) after.observe(0, y);
        assert.deepEqual(after.state, whole.state);
        assert.equal(whole.state.length, numbersOfChannel);
        const moved = new DampedTrend(1);
        for (const y of cells) moved.observe(0, 2 * y + 64);
        const [is, should] = [ahead(moved), ahead(whole)];
        if (should.error === null) assert.equal(is.error, null);
        else is.values.forEach((value, h) => void assert.ok(Math.abs(value - 2 * should.values[h] - 64) < 1e-6));
      }),
      { numRuns: 200 },
    );
  });
});
