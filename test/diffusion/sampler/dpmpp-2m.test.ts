import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleDpmpp2m } from '../../../src/diffusion/sampler/dpmpp-2m.ts';
import { checkConditional, checkGaussian, checkMixture, flowError, orderOf } from './solvers.ts';

describe('sampleDpmpp2m', () => {
  it('is of order 2 on the probability-flow ODE', () => {
    for (const steps of [64, 128, 256]) {
      const order = orderOf(sampleDpmpp2m, steps);
      assert.ok(Math.abs(order - 2) < 0.15, `${steps} steps: ${order}`);
    }
    assert.ok(flowError(sampleDpmpp2m, 256) < flowError(sampleDpmpp2m, 8) / 10);
  });

  it('makes Gaussian data of noise', () => checkGaussian(sampleDpmpp2m, 100, 0.006));

  it('makes the conditional law where cells are known', () => checkConditional(sampleDpmpp2m, 40, 0.01));

  it('makes a mixture, the same one for the same draws', () => {
    const sum = checkMixture(sampleDpmpp2m, 40, 0.01);
    assert.ok(Math.abs(sum - 96.590117649) < 1e-6, `${sum}`);
  });
});
