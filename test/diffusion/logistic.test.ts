import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { initialHeadScale, logisticCrps, logisticMeanAbsolute, logit } from '../../src/diffusion/logistic.ts';

const cdf = (x: number) => 1 / (1 + Math.exp(-x));

/** Integral of (F(x) - 1{x >= y})^2 by Simpson's rule, in two parts so that the step lies on a node. */
function integrated(y: number, location: number, scale: number): number {
  const simpson = (from: number, to: number, f: (x: number) => number) => {
    const n = 4000;
    const h = (to - from) / n;
    let sum = f(from) + f(to);
    for (let i = 1; i < n; i++) sum += (i % 2 === 0 ? 2 : 4) * f(from + i * h);
    return (sum * h) / 3;
  };
  const F = (x: number) => cdf((x - location) / scale);
  const from = Math.min(y, location - 45 * scale);
  const to = Math.max(y, location + 45 * scale);
  return simpson(from, y, (x) => F(x) ** 2) + simpson(y, to, (x) => (1 - F(x)) ** 2);
}

describe('logistic law', () => {
  it('CRPS equals its definition, integrated', () => {
    const place = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(place, place, fc.double({ min: 0.2, max: 5, noNaN: true }), (y, location, scale) => {
        const want = integrated(y, location, scale);
        const got = logisticCrps(y, location, scale);
        assert.ok(Math.abs(got - want) < 1e-6 * (1 + want), `${got}, expected ${want}`);
      }),
      { numRuns: 50 },
    );
  });

  it("CRPS equals E|X - y| - E|X - X'| / 2 of samples", (t) => {
    const seed = 5;
    t.diagnostic(`seed ${seed}`);
    const rng = createRng(seed);
    const n = 200_000;
    const [y, location, scale] = [1.3, 0.4, 0.7];
    const draw = () => location + scale * logit(rng.uniform());
    const terms = Array.from({ length: n }, () => Math.abs(draw() - y) - 0.5 * Math.abs(draw() - draw()));
    const mean = terms.reduce((a, b) => a + b, 0) / n;
    const error = Math.sqrt(terms.reduce((a, b) => a + (b - mean) ** 2, 0) / n / n);
    assert.ok(Math.abs(mean - logisticCrps(y, location, scale)) < 4 * error);
  });

  it('CRPS is smallest for the truth and grows without overflow', () => {
    assert.equal(logisticCrps(0, 0, 1), 2 * Math.LN2 - 1);
    assert.ok(Math.abs(logisticCrps(1e6, 0, 1) - (1e6 - 1)) < 1e-6);
    assert.ok(Math.abs(logisticCrps(-1e6, 0, 1) - (1e6 - 1)) < 1e-6);
    assert.ok(Number.isFinite(logisticCrps(30, -30, 1e-3)));
  });

  it('logit inverts the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (p) =>
        assert.ok(Math.abs(cdf(logit(p)) - p) < 1e-9),
      ),
    );
  });

  it('has a mean absolute deviation of 2 ln 2, and a head that starts at softplus(-.2) + .001', () => {
    let sum = 0;
    const n = 100_000;
    for (let i = 0; i < n; i++) sum += Math.abs(logit((i + 0.5) / n));
    assert.ok(Math.abs(sum / n - logisticMeanAbsolute) < 1e-3);
    assert.ok(Math.abs(initialHeadScale - (Math.log(1 + Math.exp(-0.2)) + 0.001)) < 1e-15);
  });
});
