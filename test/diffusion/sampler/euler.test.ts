import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleEuler } from '../../../src/diffusion/sampler/euler.ts';
import { checkConditional, checkGaussian, checkMixture, flowError, orderOf } from './solvers.ts';

describe('sampleEuler', () => {
  it('is of order 1 on the probability-flow ODE', () => {
    for (const steps of [64, 128, 256]) {
      const order = orderOf(sampleEuler, steps);
      assert.ok(Math.abs(order - 1) < 0.15, `${steps} steps: ${order}`);
    }
    assert.ok(flowError(sampleEuler, 256) < flowError(sampleEuler, 8) / 10);
  });

  it('makes Gaussian data of noise', () => checkGaussian(sampleEuler, 200, 0.05));

  it('makes the conditional law where cells are known', () => checkConditional(sampleEuler, 200, 0.02));

  it('makes a mixture, the same one for the same draws', () => {
    const sum = checkMixture(sampleEuler, 200, 0.02);
    assert.ok(Math.abs(sum - 99.793726052) < 1e-6, `${sum}`);
  });
});
