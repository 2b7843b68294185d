import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { noiseFeatures, noiseFrequencies, nullSigma, precondition } from '../../src/diffusion/precondition.ts';

const sigmas = fc.double({ min: -7, max: 5, noNaN: true }).map(Math.exp);
const near = (a: number, b: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a}, expected ${b}`);

describe('precondition', () => {
  it('holds the identities of EDM for data of standard deviation one', () => {
    fc.assert(
      fc.property(sigmas, (sigma) => {
        const { cSkip, cOut, cIn } = precondition(sigma);
        near(cIn ** 2 * (1 + sigma ** 2), 1); // the input of the network has variance one
        near(cSkip, cIn ** 2); // the skip is the best linear guess, E[z | z + sigma n]
        near(cOut ** 2, (1 - cSkip) ** 2 + cSkip ** 2 * sigma ** 2, 1e-12); // so the target has variance one
        near(cOut, sigma * cIn);
        near(cSkip + cOut ** 2, 1);
      }),
    );
  });

  it('trusts what it sees at low noise and nothing at the null level', () => {
    const low = precondition(1e-4);
    near(low.cSkip, 1, 1e-7);
    near(low.cOut, 1e-4, 1e-7);
    const high = precondition(nullSigma);
    assert.ok(high.cSkip < 0.003 && high.cOut > 0.998);
  });
});

describe('noiseFeatures', () => {
  const features = (sigma: number) => {
    const out = new Float32Array(2 * noiseFrequencies + 2).fill(9);
    noiseFeatures(sigma, out, 1);
    assert.equal(out[0], 9);
    assert.equal(out.at(-1), 9);
    return out.subarray(1, -1);
  };

  it('writes sines and cosines of the same angles', () => {
    fc.assert(
      fc.property(sigmas, (sigma) => {
        const f = features(sigma);
        for (let i = 0; i < noiseFrequencies; i++) near(f[i] ** 2 + f[noiseFrequencies + i] ** 2, 1, 1e-6);
      }),
    );
  });

  it('has frequencies from a quarter to 16 turns of ln(sigma) / 4', () => {
    const one = features(1);
    assert.ok(one.subarray(0, noiseFrequencies).every((v) => v === 0));
    const e = features(Math.E);
    near(e[0], Math.sin((2 * Math.PI * 0.25) / 4), 1e-6);
    near(e[noiseFrequencies - 1], Math.sin((2 * Math.PI * 16) / 4), 1e-6);
  });

  it('tells every level of the sampler from every other', () => {
    const levels = [0.05, 0.3, 0.6, 1, 1.8, 3, nullSigma].map(features);
    levels.forEach((a, i) => {
      levels.slice(i + 1).forEach((b) => assert.ok(Math.hypot(...a.map((v, k) => v - b[k])) > 0.3));
    });
  });
});
