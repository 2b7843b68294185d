import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { betaSchedule } from '../../../src/diffusion/schedule/beta-schedule.ts';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';

const near = (got: number, want: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(got - want) <= tolerance, `${got}, expected ${want}`);
const kinds = ['linear', 'cosine', 'quadratic'] as const;

describe('betaSchedule', () => {
  it('linear is that of Ho et al.: 1e-4 to .02 in a thousand steps', () => {
    const beta = betaSchedule('linear', 1000);
    near(beta[0], 1e-4);
    near(beta[999], 0.02);
    near(beta[499] + beta[500], 1e-4 + 0.02);
    // their alphaBar_T: a product that others print as 4.04e-5
    near(createChain(beta).alphaBar[1000], 4.0358e-5, 1e-9);
  });

  it('quadratic is that of CSDI: .0001 to .5 in fifty steps, roots evenly spaced', () => {
    const beta = betaSchedule('quadratic', 50);
    near(beta[0], 1e-4);
    near(beta[49], 0.5);
    near(Math.sqrt(beta[1]) - Math.sqrt(beta[0]), (Math.sqrt(0.5) - 0.01) / 49);
  });

  it('cosine has the alphaBar of Nichol and Dhariwal, but for the clipped last steps', () => {
    const { alphaBar, beta } = createChain(betaSchedule('cosine', 200));
    const f = (t: number) => Math.cos((((t / 200 + 0.008) / 1.008) * Math.PI) / 2) ** 2;
    for (const t of [1, 50, 100, 199]) near(alphaBar[t], f(t) / f(0), 1e-12);
    near(beta[200], 0.999);
  });

  it('of any length holds variances between 0 and 1 that do not fall, and forgets about as much', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 400 }), (kind, steps) => {
        const beta = betaSchedule(kind, steps);
        assert.equal(beta.length, steps);
        assert.ok(beta.every((b) => b > 0 && b < 1));
        beta.forEach((b, k) => assert.ok(k === 0 || b >= beta[k - 1]));
      }),
    );
    for (const kind of kinds) {
      const logs = [100, 200, 400].map((steps) => createChain(betaSchedule(kind, steps)).alphaBar[steps]);
      assert.ok(
        logs.every((a) => a < 1e-3),
        `${kind}: ${logs}`,
      );
    }
  });
});
