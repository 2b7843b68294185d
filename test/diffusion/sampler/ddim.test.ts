import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { sampleDdim } from '../../../src/diffusion/sampler/ddim.ts';
import { sampleDdpm } from '../../../src/diffusion/sampler/ddpm.ts';
import { sampleEuler } from '../../../src/diffusion/sampler/euler.ts';
import { betaSchedule } from '../../../src/diffusion/schedule/beta-schedule.ts';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';
import { chainSigmas } from '../../../src/diffusion/schedule/chain-sigmas.ts';
import { posterior } from '../../../src/diffusion/schedule/posterior.ts';
import { exactDenoise, normalRows, samplePaths, threeCells, twoHumps } from '../analytic.ts';
import { plain, plainOps } from '../plain-ops.ts';
import { checkConditional, checkGaussian, checkMixture, orderOf } from './solvers.ts';

const chain = createChain(betaSchedule('linear', 1000));
const sigmas = chainSigmas(chain, 12, 20);
const near = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).forEach((v, i) => assert.ok(Math.abs(v - b[i]) < 1e-9 * (1 + Math.abs(v)), `${v}, ${b[i]}`));

describe('sampleDdim', () => {
  it('with eta 0 is Euler on the probability-flow ODE, of order 1', () => {
    const paths = [sampleDdim(0), sampleEuler].map((s) => samplePaths(s, twoHumps, sigmas, 50, createRng(3)));
    near(paths[0], paths[1]);
    assert.ok(Math.abs(orderOf(sampleDdim(0), 64) - 1) < 0.15);
  });

  it('with eta 1 is DDPM, draw for draw', () => {
    const paths = [sampleDdim(1), sampleDdpm].map((s) => samplePaths(s, twoHumps, sigmas, 50, createRng(4)));
    near(paths[0], paths[1]);
  });

  it('with eta 1 has the variance of the posterior of the chain; with eta between, eta squared of it', () => {
    for (const eta of [0, 0.3, 1]) {
      for (const [t, s] of [
        [1000, 900],
        [500, 499],
        [30, 2],
      ]) {
        const [from, to] = [chain.alphaBar[t], chain.alphaBar[s]];
        const pair = [from, to].map((a) => Math.sqrt((1 - a) / a));
        const one = (n: number) =>
          sampleDdim(eta)(plainOps, (z) => plainOps.mulScalar(z, 0.3), plain([1.7], [1, 1]), pair, [plain([n], [1, 1])])
            .values[0] * Math.sqrt(to);
        assert.ok(Math.abs((one(1) - one(0)) ** 2 - eta ** 2 * posterior(from, to).variance) < 1e-12);
      }
    }
  });

  it('is equation 12 in the words of the paper', () => {
    const eta = 0.6;
    const denoise = exactDenoise(threeCells);
    const rng = createRng(5);
    const start = normalRows(rng, 20, 3, sigmas[0]);
    const noise = sigmas.slice(1).map(() => normalRows(rng, 20, 3));
    const got = sampleDdim(eta)(plainOps, denoise, start, sigmas, noise).values;
    const alphas = sigmas.map((sigma) => 1 / (1 + sigma ** 2));
    let x = start.values.map((v) => v * Math.sqrt(alphas[0]));
    for (let k = 0; k + 1 < alphas.length; k++) {
      const [a, b] = [alphas[k], alphas[k + 1]];
      const x0 = denoise(
        plain(
          x.map((v) => v / Math.sqrt(a)),
          [20, 3],
        ),
        sigmas[k],
      ).values;
      const sd = eta * Math.sqrt((1 - b) / (1 - a)) * Math.sqrt(1 - a / b);
      x = x.map((v, i) => {
        const epsilon = (v - Math.sqrt(a) * x0[i]) / Math.sqrt(1 - a);
        return Math.sqrt(b) * x0[i] + Math.sqrt(1 - b - sd ** 2) * epsilon + sd * noise[k].values[i];
      });
    }
    near(got, x);
  });

  it('makes Gaussian data, conditionals and a mixture of noise, the same for the same draws', () => {
    checkGaussian(sampleDdim(0.5), 200, 0.05);
    checkConditional(sampleDdim(0.5), 200, 0.03);
    const sum = checkMixture(sampleDdim(0.5), 200, 0.03);
    assert.ok(Math.abs(sum - 25.401444568) < 1e-6, `${sum}`);
  });
});
