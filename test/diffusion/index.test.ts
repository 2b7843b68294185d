import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import * as diffusion from '../../src/diffusion/index.ts';
import { exactDenoise, gaussian, meanOf, normalRows } from './analytic.ts';
import { plainOps } from './plain-ops.ts';

describe('the diffusion library', () => {
  it('is enough to sample with a denoiser of one’s own', () => {
    const rng = createRng(2);
    const law = gaussian([0.4], [[0.3]]);
    const sigmas = diffusion.karrasSigmas(20, 0.02, 80);
    const z = diffusion.sampleDpmpp2m(plainOps, exactDenoise(law), normalRows(rng, 4000, 1, sigmas[0]), sigmas, []);
    const { mean, error } = meanOf(z.values);
    assert.ok(Math.abs(mean - 0.4) < 4.5 * error + 0.01, `${mean} +- ${error}`);
  });

  it('offers every sampler that a pipeline may name', () => {
    const named = Object.values(diffusion.noiseSamplers).map(({ sample }) => sample);
    for (const sample of [
      diffusion.sampleDdpm,
      diffusion.sampleEuler,
      diffusion.sampleHeun,
      diffusion.sampleDpmpp2m,
      diffusion.sampleEulerMaruyama,
    ])
      assert.ok(named.includes(sample));
    assert.equal(diffusion.samplerMethods.length, named.length + 1);
  });

  it('writes a program of one’s own as an ONNX file', () => {
    const builder = new diffusion.OnnxBuilder();
    const x = builder.input('x', [-1, 3]);
    assert.ok(builder.build('own', { y: builder.mulScalar(x, 2) }).length > 50);
  });
});
