import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betaSchedule } from '../../../src/diffusion/schedule/beta-schedule.ts';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';
import { chainSigmas } from '../../../src/diffusion/schedule/chain-sigmas.ts';
import { sigmaOf } from '../../../src/diffusion/schedule/sigma-of.ts';

const chain = createChain(betaSchedule('linear', 1000));

describe('chainSigmas', () => {
  it('is a part of the levels of the chain, falling, then 0', () => {
    const own = new Set(Array.from(chain.alphaBar, sigmaOf));
    for (const steps of [1, 2, 7, 50, 1000]) {
      const levels = chainSigmas(chain, steps, Number.POSITIVE_INFINITY);
      assert.equal(levels.length, steps + 1);
      assert.ok(levels.every((sigma) => own.has(sigma)));
      levels.slice(1).forEach((sigma, k) => assert.ok(sigma < levels[k]));
      assert.equal(levels[0], sigmaOf(chain.alphaBar[1000]));
      assert.equal(levels[steps], 0);
    }
  });

  it('with all steps is the whole chain', () => {
    const levels = chainSigmas(chain, 1000, Number.POSITIVE_INFINITY);
    levels.forEach((sigma, k) => assert.equal(sigma, sigmaOf(chain.alphaBar[1000 - k])));
  });

  it('begins at the first level that reaches the highest asked for, and strides evenly from there', () => {
    const levels = chainSigmas(chain, 4, 20);
    assert.ok(levels[0] >= 20 && levels[0] < 20.5, `${levels[0]}`);
    const steps = levels.slice(0, 4).map((sigma) => Array.from(chain.alphaBar, sigmaOf).indexOf(sigma));
    steps.slice(1).forEach((t, k) => assert.ok(Math.abs(t - (steps[0] * (3 - k)) / 4) <= 0.5));
  });
});
