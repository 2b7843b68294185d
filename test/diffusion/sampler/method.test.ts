import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseShape } from '../../../src/config/schema.ts';
import { nullSigma } from '../../../src/diffusion/precondition.ts';
import { drawCounts, noiseSamplers, samplerMethods } from '../../../src/diffusion/sampler/method.ts';
import { exactMoments, gaussian } from '../analytic.ts';

const wide = gaussian(
  Array(8).fill(0),
  Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => (i === j ? 1 : 0.8))),
);

describe('sampler methods', () => {
  it('are those that a pipeline may name', () => {
    const parsed = samplerMethods.map((method) => baseShape.model.parse({ sampler: { method } }).sampler.method);
    assert.deepEqual(parsed, samplerMethods);
    assert.throws(() => baseShape.model.parse({ sampler: { method: 'ancestral' } }));
    assert.equal(baseShape.model.parse({}).sampler.method, 'dpmpp_2m');
  });

  it('start from the null level and end at the data', () => {
    for (const { sigmas } of Object.values(noiseSamplers)) {
      for (const steps of [1, 2, 5, 64]) {
        const levels = sigmas(steps);
        assert.equal(levels.length, steps + 1);
        assert.ok(levels[0] >= nullSigma - 1e-9 && levels[0] < nullSigma + 0.5);
        assert.equal(levels[steps], 0);
        levels.slice(1).forEach((sigma, k) => assert.ok(sigma < levels[k]));
      }
    }
  });

  it('draw what they use', () => {
    assert.deepEqual(drawCounts({ method: 'distributional', steps: 5 }), { logistic: 5, normal: 4 });
    for (const method of ['ddpm', 'euler_maruyama'] as const)
      assert.deepEqual(drawCounts({ method, steps: 5 }), { logistic: 0, normal: 5 });
    for (const method of ['ddim', 'euler', 'heun', 'dpmpp_2m'] as const)
      assert.deepEqual(drawCounts({ method, steps: 5 }), { logistic: 0, normal: 1 });
  });

  it('in eight steps differ in what they keep of a mode that all cells share; dpmpp_2m keeps nearly all', () => {
    const kept = (method: keyof typeof noiseSamplers, steps = 8) => {
      const { sample, sigmas } = noiseSamplers[method];
      const { covariance } = exactMoments(sample, wide, sigmas(steps));
      return covariance.flat().reduce((a, b) => a + b, 0) / (8 * (1 + 7 * 0.8));
    };
    assert.ok(Math.abs(kept('dpmpp_2m') - 1) < 0.15, `${kept('dpmpp_2m')}`);
    for (const method of ['ddpm', 'ddim', 'euler'] as const)
      assert.ok(kept(method) < 0.8 && kept(method) > 0.5, `${method}: ${kept(method)}`);
    for (const method of Object.keys(noiseSamplers) as (keyof typeof noiseSamplers)[])
      assert.ok(Math.abs(kept(method, 64) - 1) < 0.15, `${method} in 64: ${kept(method, 64)}`);
  });
});
