import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Bounds,
  clip,
  clippedCrps,
  deviationMax,
  deviationOf,
  expectedDeviation,
  halfWidth90,
  logit,
} from '../../src/forecast/clipped-logistic.ts';

const open: Bounds = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };

/** Midpoint rule over the levels: X = clip(location + scale logit(p)). */
function mean(of: (x: number) => number, location: number, scale: number, bounds: Bounds, n = 20_000): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += of(clip(location + scale * logit((i + 0.5) / n), bounds));
  return sum / n;
}

/** CRPS = E|X - y| - E|X - X'| / 2, and for sorted x_i: E|X - X'| = 2 / n^2 sum (2 i + 1 - n) x_i. */
function referenceCrps(y: number, location: number, scale: number, bounds: Bounds): number {
  const n = 20_000;
  let i = 0;
  const spread = mean((x) => ((2 * i++ + 1 - n) / n) * x, location, scale, bounds, n);
  return mean((x) => Math.abs(x - y), location, scale, bounds, n) - spread;
}

describe('clipped logistic law', () => {
  it('CRPS is that of Jordan, Krueger, Lerch 2019 where there are no bounds', () => {
    for (const [y, location, scale] of [
      [0, 0, 1],
      [3, 1, 0.5],
      [-7, 2, 2],
    ] as const) {
      const w = (y - location) / scale;
      const want = scale * (w + 2 * Math.log1p(Math.exp(-w)) - 1);
      assert.ok(Math.abs(clippedCrps(y, location, scale, open) - want) < 1e-12);
    }
    assert.ok(Math.abs(clippedCrps(0, 0, 1, open) - (2 * Math.LN2 - 1)) < 1e-15);
  });

  it('CRPS and expected deviation agree with sums over the levels, at and beyond bounds', () => {
    const bounds = { min: 0, max: 5 };
    for (const [location, scale] of [
      [2, 0.3],
      [0.2, 1],
      [-1, 0.6],
      [6, 0.5],
      [2.5, 4],
    ] as const) {
      for (const y of [0, 0.4, 2, 5]) {
        const want = referenceCrps(y, location, scale, bounds);
        assert.ok(
          Math.abs(clippedCrps(y, location, scale, bounds) - want) < 1e-3,
          `${location} ${scale} ${y}: ${want}`,
        );
      }
      const deviation = mean((x) => deviationOf(x, location, scale, bounds), location, scale, bounds);
      const got = expectedDeviation(location, scale, bounds);
      assert.ok(Math.abs(got - deviation) < 1e-3, `${location} ${scale}: ${got}, by sums ${deviation}`);
    }
  });

  it('far from bounds the deviation expected is about .469 half widths', () => {
    const got = expectedDeviation(3, 2, open);
    const unlimited = (2 * Math.LN2) / halfWidth90;
    assert.ok(got < unlimited && got > unlimited - 0.005, String(got));
  });

  it('a law of no width is its value', () => {
    assert.equal(clippedCrps(3, 1, 0, open), 2);
    assert.equal(clippedCrps(3, 9, 0, { min: 0, max: 5 }), 2);
  });

  it('deviations are those from the clipped median, at most two half widths', () => {
    assert.equal(deviationOf(halfWidth90, 0, 1, open), 1);
    assert.equal(deviationOf(1000, 0, 1, open), deviationMax);
    assert.equal(deviationOf(0, -5, 1, { min: 0, max: 1 }), 0);
  });

  it('property: CRPS is proper: no other law is better on average than the true one', () => {
    const place = fc.double({ min: -3, max: 3, noNaN: true });
    const width = fc.double({ min: 0.2, max: 3, noNaN: true });
    fc.assert(
      fc.property(place, width, place, width, (location, scale, other, otherScale) => {
        const bounds = { min: -1, max: 4 };
        const score = (l: number, s: number) =>
          mean((y) => clippedCrps(y, l, s, bounds), location, scale, bounds, 2000);
        assert.ok(score(location, scale) <= score(other, otherScale) + 1e-3);
      }),
      { numRuns: 60 },
    );
  });

  it('property: CRPS is never negative and at most |y - median| plus the width', () => {
    const any = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const width = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(any, any, width, (y, location, scale) => {
        const crps = clippedCrps(y, location, scale, open);
        assert.ok(crps >= 0 && crps <= Math.abs(y - location) + 2 * scale, String(crps));
      }),
    );
  });
});
