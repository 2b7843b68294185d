import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betaSchedule } from '../../../src/diffusion/schedule/beta-schedule.ts';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';
import { forwardMarginal } from '../../../src/diffusion/schedule/forward-marginal.ts';

describe('createChain', () => {
  it('counts t as the papers do: 0 is the data', () => {
    const chain = createChain([0.1, 0.2, 0.5]);
    assert.equal(chain.steps, 3);
    assert.deepEqual([...chain.beta], [0, 0.1, 0.2, 0.5]);
    [1, 0.9, 0.72, 0.36].forEach((a, t) => assert.ok(Math.abs(chain.alphaBar[t] - a) < 1e-15));
  });

  it('composes: step after step the forward process has the marginal of alphaBar', () => {
    for (const kind of ['linear', 'cosine', 'quadratic'] as const) {
      const chain = createChain(betaSchedule(kind, 30));
      // x_t = sqrt(1 - beta) x_{t-1} + sqrt(beta) n: weight of x_0 and variance by recursion
      let weight = 1;
      let variance = 0;
      for (let t = 1; t <= chain.steps; t++) {
        weight *= Math.sqrt(1 - chain.beta[t]);
        variance = (1 - chain.beta[t]) * variance + chain.beta[t];
        const { mean, std } = forwardMarginal(chain.alphaBar[t]);
        assert.ok(Math.abs(mean - weight) < 1e-12 && Math.abs(std ** 2 - variance) < 1e-12, `${kind} ${t}`);
      }
    }
  });
});
