import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';
import { posterior } from '../../../src/diffusion/schedule/posterior.ts';

const share = fc.double({ min: 1e-4, max: 0.9999, noNaN: true });
const pair = fc
  .tuple(share, share)
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  .filter(([t, s]) => s - t > 1e-4);

describe('posterior', () => {
  it('is the formula of Ho et al. for neighbours', () => {
    const { beta, alphaBar } = createChain([0.1, 0.2, 0.5]);
    const { onX0, onXt, variance } = posterior(alphaBar[3], alphaBar[2]);
    assert.ok(Math.abs(onX0 - (Math.sqrt(alphaBar[2]) * beta[3]) / (1 - alphaBar[3])) < 1e-15);
    assert.ok(Math.abs(onXt - (Math.sqrt(1 - beta[3]) * (1 - alphaBar[2])) / (1 - alphaBar[3])) < 1e-15);
    assert.ok(Math.abs(variance - ((1 - alphaBar[2]) / (1 - alphaBar[3])) * beta[3]) < 1e-15);
  });

  it('is Bayes: prior times likelihood, as precisions add up', () => {
    fc.assert(
      fc.property(pair, ([t, s]) => {
        const { onX0, onXt, variance } = posterior(t, s);
        const alpha = t / s;
        // x_s ~ N(sqrt(s) x0, 1 - s); x_t | x_s ~ N(sqrt(alpha) x_s, 1 - alpha)
        const precision = 1 / (1 - s) + alpha / (1 - alpha);
        assert.ok(Math.abs(variance * precision - 1) < 1e-9);
        assert.ok(Math.abs(onX0 - (Math.sqrt(s) / (1 - s)) * variance) < 1e-9);
        assert.ok(Math.abs(onXt - (Math.sqrt(alpha) / (1 - alpha)) * variance) < 1e-9);
      }),
    );
  });

  it('averaged over x_t is the forward marginal of x_s', () => {
    fc.assert(
      fc.property(pair, ([t, s]) => {
        const { onX0, onXt, variance } = posterior(t, s);
        assert.ok(Math.abs(onX0 + onXt * Math.sqrt(t) - Math.sqrt(s)) < 1e-9, 'mean');
        assert.ok(Math.abs(onXt ** 2 * (1 - t) + variance - (1 - s)) < 1e-9, 'variance');
      }),
    );
  });

  it('at the data is certain', () => assert.deepEqual(posterior(0.3, 1), { onX0: 1, onXt: 0, variance: 0 }));
});
