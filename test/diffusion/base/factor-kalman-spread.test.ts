import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FactorKalmanChain } from '../../../src/diffusion/base/factor-kalman-chain.ts';
import { FactorKalmanSpread } from '../../../src/diffusion/base/factor-kalman-spread.ts';

/** A stationary AR(1) of coefficient .5 and variance 1 as a chain of scalars: Cov(f_s, f_t) = .5^|t - s|. */
function chainOf(length: number): FactorKalmanChain {
  const chain = new FactorKalmanChain(1, length);
  const q = 0.75;
  for (let t = 0; t < length; t++) {
    chain.diagonal[t] = (t === 0 ? 1 : 1 / q) + (t + 1 < length ? 0.25 / q : 0);
    chain.lower[t] = -0.5 / q;
  }
  chain.factorise(length);
  chain.marginals(length);
  return chain;
}

describe('FactorKalmanSpread', () => {
  const length = 7;
  const known = Uint8Array.of(0, 1, 1, 0, 0, 1, 0);
  const before = Int32Array.of(-1, -1, 1, 2, 2, 2, 5);
  const after = Int32Array.of(1, 2, 5, 5, 5, -1, -1);
  const loading = 2;
  const covariance = (s: number, t: number) => (s < 0 || t < 0 ? 0 : loading * loading * 0.5 ** Math.abs(t - s));

  it('tells the covariances between a cell and the observations around it', () => {
    const spread = new FactorKalmanSpread(chainOf(length));
    spread.read(Float64Array.of(loading), 0, before, after, known, length, 1, 100);
    for (let t = 0; t < length; t++) {
      assert.ok(Math.abs(spread.variance[t] - 4) < 1e-12);
      assert.ok(Math.abs(spread.withBefore[t] - covariance(before[t], t)) < 1e-12, `before ${t}`);
      assert.ok(Math.abs(spread.withAfter[t] - covariance(t, after[t])) < 1e-12, `after ${t}`);
      const across = before[t] < 0 ? 0 : covariance(before[t], after[t]);
      assert.ok(Math.abs(spread.across[t] - across) < 1e-12, `across ${t}`);
    }
  });

  it('takes rows out of reach for uncorrelated, and starts each channel anew', () => {
    const spread = new FactorKalmanSpread(chainOf(length));
    spread.read(Float64Array.of(loading), 0, before, after, known, length, 1, 100);
    spread.read(Float64Array.of(loading), 0, before, after, known, length, 1, 1);
    assert.equal(spread.withBefore[5], 0);
    assert.equal(spread.withAfter[3], 0);
    assert.ok(Math.abs(spread.withBefore[3] - 2) < 1e-12);
  });
});
