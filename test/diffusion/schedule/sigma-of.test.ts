import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { alphaBarOf } from '../../../src/diffusion/schedule/alpha-bar-of.ts';
import { forwardMarginal } from '../../../src/diffusion/schedule/forward-marginal.ts';
import { sigmaOf } from '../../../src/diffusion/schedule/sigma-of.ts';

it('sigmaOf is the noise of x_t over its signal', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1, noNaN: true }), (a) => {
      const { mean, std } = forwardMarginal(a);
      assert.ok(Math.abs(sigmaOf(a) - std / mean) <= 1e-12 * (1 + sigmaOf(a)));
      assert.ok(Math.abs(alphaBarOf(sigmaOf(a)) - a) < 1e-12);
    }),
  );
});
