import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleHeun } from '../../../src/diffusion/sampler/heun.ts';
import { checkConditional, checkGaussian, checkMixture, flowError, orderOf } from './solvers.ts';

describe('sampleHeun', () => {
  it('is of order 2 on the probability-flow ODE', () => {
    for (const steps of [64, 128, 256]) {
      const order = orderOf(sampleHeun, steps);
      assert.ok(Math.abs(order - 2) < 0.15, `${steps} steps: ${order}`);
    }
    assert.ok(flowError(sampleHeun, 256) < flowError(sampleHeun, 8) / 10);
  });

  it('makes Gaussian data of noise', () => checkGaussian(sampleHeun, 100, 0.006));

  it('makes the conditional law where cells are known', () => checkConditional(sampleHeun, 40, 0.01));

  it('makes a mixture, the same one for the same draws', () => {
    const sum = checkMixture(sampleHeun, 40, 0.01);
    assert.ok(Math.abs(sum - 95.966243125) < 1e-6, `${sum}`);
  });
});
