import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inverse, Matrix } from 'ml-matrix';
import { createRng } from '../../../src/core/rng.ts';
import { FactorKalmanChain } from '../../../src/diffusion/base/factor-kalman-chain.ts';

const r = 3;
const length = 5;
const size = r * length;

/** A random positive definite block tridiagonal precision, in the chain and as a matrix. */
function randomChain(seed: number): { chain: FactorKalmanChain; precision: Matrix } {
  const rng = createRng(seed);
  const chain = new FactorKalmanChain(r, length + 2);
  const precision = Matrix.zeros(size, size);
  for (let t = 0; t < length; t++)
    for (let i = 0; i < r; i++)
      for (let j = 0; j < r; j++) {
        if (j <= i) {
          const value = (i === j ? 4 : 0) + 0.5 * rng.normal();
          precision.set(t * r + i, t * r + j, value);
          precision.set(t * r + j, t * r + i, value);
        }
        if (t + 1 === length) continue;
        const cross = 0.6 * rng.normal();
        precision.set((t + 1) * r + i, t * r + j, cross);
        precision.set(t * r + j, (t + 1) * r + i, cross);
        chain.lower[(t * r + i) * r + j] = cross;
      }
  for (let t = 0; t < length; t++)
    for (let i = 0; i < r; i++)
      for (let j = 0; j < r; j++) chain.diagonal[(t * r + i) * r + j] = precision.get(t * r + i, t * r + j);
  return { chain, precision };
}

describe('FactorKalmanChain', () => {
  it('solves, and tells the covariance blocks of the inverse', () => {
    for (const seed of [1, 2, 3]) {
      const { chain, precision } = randomChain(seed);
      const covariance = inverse(precision);
      chain.factorise(length);
      const rng = createRng(seed + 10);
      const b = Float64Array.from({ length: size }, () => rng.normal());
      const x = new Float64Array(size);
      chain.solve(b, length, x);
      const want = covariance.mmul(Matrix.columnVector([...b]));
      for (let i = 0; i < size; i++) assert.ok(Math.abs(x[i] - want.get(i, 0)) < 1e-10);
      chain.marginals(length);
      for (let t = 0; t < length; t++)
        for (let i = 0; i < r; i++)
          for (let j = 0; j < r; j++) {
            const got = chain.covariance[(t * r + i) * r + j];
            assert.ok(Math.abs(got - covariance.get(t * r + i, t * r + j)) < 1e-10);
          }
    }
  });

  it('has gains that carry covariances from row to row', () => {
    const { chain, precision } = randomChain(4);
    const covariance = inverse(precision);
    chain.factorise(length);
    chain.marginals(length);
    for (let t = 0; t + 1 < length; t++)
      for (let i = 0; i < r; i++)
        for (let j = 0; j < r; j++) {
          let got = 0;
          for (let l = 0; l < r; l++)
            got += chain.gains[(t * r + i) * r + l] * chain.covariance[((t + 1) * r + l) * r + j];
          assert.ok(Math.abs(got - covariance.get(t * r + i, (t + 1) * r + j)) < 1e-10);
        }
  });

  it('of one row is that row alone', () => {
    const chain = new FactorKalmanChain(1, 1);
    chain.diagonal[0] = 4;
    chain.factorise(1);
    chain.marginals(1);
    const out = new Float64Array(1);
    chain.solve(Float64Array.of(2), 1, out);
    assert.ok(Math.abs(out[0] - 0.5) < 1e-15 && Math.abs(chain.covariance[0] - 0.25) < 1e-15);
  });
});
