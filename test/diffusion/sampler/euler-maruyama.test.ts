import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { sampleEulerMaruyama } from '../../../src/diffusion/sampler/euler-maruyama.ts';
import { karrasSigmas } from '../../../src/diffusion/schedule/karras-sigmas.ts';
import { vpSde } from '../../../src/diffusion/schedule/vp-sde.ts';
import { exactDenoise, exactMoments, gaussian, normalRows, threeCells } from '../analytic.ts';
import { plain, plainOps } from '../plain-ops.ts';
import { checkConditional, checkGaussian, checkMixture } from './solvers.ts';

describe('sampleEulerMaruyama', () => {
  it('is Euler-Maruyama on the reverse SDE in t, for steps so short that beta hardly moves', () => {
    const sde = vpSde();
    const denoise = exactDenoise(threeCells);
    const rng = createRng(7);
    const t = 0.6;
    const a = sde.alphaBar(t);
    const sigma = Math.sqrt((1 - a) / a);
    const x = normalRows(rng, 10, 3);
    const noise = normalRows(rng, 10, 3);
    const z = plainOps.mulScalar(x, 1 / Math.sqrt(a));
    const x0 = denoise(z, sigma).values;
    for (const h of [1e-4, 1e-5]) {
      const to = sde.alphaBar(t - h);
      const got = sampleEulerMaruyama(plainOps, denoise, z, [sigma, Math.sqrt((1 - to) / to)], [noise]).values;
      got.forEach((v, i) => {
        const score = (Math.sqrt(a) * x0[i] - x.values[i]) / (1 - a);
        const drift = sde.drift(t) * x.values[i] - sde.diffusion(t) ** 2 * score;
        const want = x.values[i] - drift * h + sde.diffusion(t) * Math.sqrt(h) * noise.values[i];
        assert.ok(Math.abs(v * Math.sqrt(to) - want) < 60 * h ** 1.5 + 60 * h * h, `${v * Math.sqrt(to)}, ${want}`);
      });
    }
  });

  it('converges weakly with order 1: the variance of the samples', () => {
    const off = [100, 200, 400].map((steps) => {
      const sigmas = karrasSigmas(steps, 1e-4, 200);
      return Math.abs(exactMoments(sampleEulerMaruyama, gaussian([0], [[0.3]]), sigmas).covariance[0][0] - 0.3);
    });
    for (const k of [0, 1]) assert.ok(Math.abs(Math.log2(off[k] / off[k + 1]) - 1) < 0.25, `${off}`);
  });

  it('in a step to 0 returns the denoised mean and draws nothing', () => {
    const z = plain([0.3, -0.4, 1], [1, 3]);
    const out = sampleEulerMaruyama(plainOps, exactDenoise(threeCells), z, [0.5, 0], []);
    assert.deepEqual(out.values, exactDenoise(threeCells)(z, 0.5).values);
  });

  it('makes Gaussian data of noise', () => checkGaussian(sampleEulerMaruyama, 300, 0.06));

  it('makes the conditional law where cells are known', () => checkConditional(sampleEulerMaruyama, 200, 0.04));

  it('makes a mixture, the same one for the same draws', () => {
    const sum = checkMixture(sampleEulerMaruyama, 200, 0.04);
    assert.ok(Math.abs(sum + 31.436796329) < 1e-6, `${sum}`);
  });
});
