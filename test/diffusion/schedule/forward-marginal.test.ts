import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forwardMarginal } from '../../../src/diffusion/schedule/forward-marginal.ts';

it('forwardMarginal keeps the variance of data of variance one', () => {
  for (const a of [0, 1e-6, 0.3, 0.99, 1]) {
    const { mean, std } = forwardMarginal(a);
    assert.ok(Math.abs(mean ** 2 + std ** 2 - 1) < 1e-15);
    assert.ok(Math.abs(mean ** 2 - a) < 1e-15);
  }
});
