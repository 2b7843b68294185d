import assert from 'node:assert/strict';
import { it } from 'node:test';
import { precondition } from '../../../src/diffusion/precondition.ts';
import { alphaBarOf } from '../../../src/diffusion/schedule/alpha-bar-of.ts';
import { sigmaOf } from '../../../src/diffusion/schedule/sigma-of.ts';

it('alphaBarOf inverts sigmaOf, and x_t = sqrt(alphaBar) z is what EDM feeds its network', () => {
  for (const sigma of [0, 1e-3, 0.5, 1, 3, 20, 80]) {
    assert.ok(Math.abs(sigmaOf(alphaBarOf(sigma)) - sigma) < 1e-9 * (1 + sigma));
    assert.ok(Math.abs(Math.sqrt(alphaBarOf(sigma)) - precondition(sigma).cIn) < 1e-15);
  }
});
