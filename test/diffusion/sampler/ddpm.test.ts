import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { sampleDdpm } from '../../../src/diffusion/sampler/ddpm.ts';
import { betaSchedule } from '../../../src/diffusion/schedule/beta-schedule.ts';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';
import { chainSigmas } from '../../../src/diffusion/schedule/chain-sigmas.ts';
import { fromX0 } from '../../../src/diffusion/schedule/prediction.ts';
import { exactDenoise, exactMoments, gaussian, normalRows, threeCells } from '../analytic.ts';
import { type Plain, plain, plainOps } from '../plain-ops.ts';
import { checkConditional, checkGaussian, checkMixture } from './solvers.ts';

describe('sampleDdpm', () => {
  it('is algorithm 2 of Ho et al., written as they write it', () => {
    const chain = createChain(betaSchedule('quadratic', 40));
    const sigmas = chainSigmas(chain, 40, Number.POSITIVE_INFINITY);
    const denoise = exactDenoise(threeCells);
    // epsilon(x_t, t) is what their network predicts
    const epsilon = (x: Plain, t: number) => {
      const a = chain.alphaBar[t];
      const x0 = denoise(plainOps.mulScalar(x, 1 / Math.sqrt(a)), Math.sqrt((1 - a) / a));
      return fromX0(plainOps, 'epsilon', x0, x, a).values;
    };
    const rng = createRng(6);
    const start = normalRows(rng, 30, 3, sigmas[0]);
    const noise = sigmas.slice(1).map(() => normalRows(rng, 30, 3));
    let x = plainOps.mulScalar(start, Math.sqrt(chain.alphaBar[40]));
    for (let t = 40; t >= 1; t--) {
      const { beta, alphaBar } = chain;
      const predicted = epsilon(x, t);
      const sd = t > 1 ? Math.sqrt(((1 - alphaBar[t - 1]) / (1 - alphaBar[t])) * beta[t]) : 0;
      x = plain(
        x.values.map(
          (v, i) =>
            (v - (beta[t] / Math.sqrt(1 - alphaBar[t])) * predicted[i]) / Math.sqrt(1 - beta[t]) +
            sd * noise[40 - t].values[i],
        ),
        x.shape,
      );
    }
    const got = sampleDdpm(plainOps, denoise, start, sigmas, noise).values;
    got.forEach((v, i) => assert.ok(Math.abs(v - x.values[i]) < 1e-9, `${v}, ${x.values[i]}`));
  });

  it('loses variance in proportion to the size of the steps, as the posterior of a mean does', () => {
    const chain = createChain(betaSchedule('linear', 1000));
    const lost = [125, 250, 500].map((steps) => {
      const sigmas = chainSigmas(chain, steps, Number.POSITIVE_INFINITY);
      return 0.7 - exactMoments(sampleDdpm, gaussian([0], [[0.7]]), sigmas).covariance[0][0];
    });
    assert.ok(lost.every((v) => v > 0));
    for (const k of [0, 1]) assert.ok(Math.abs(Math.log2(lost[k] / lost[k + 1]) - 1) < 0.2, `${lost}`);
  });

  it('makes Gaussian data of noise', () => checkGaussian(sampleDdpm, 300, 0.06));

  it('makes the conditional law where cells are known', () => checkConditional(sampleDdpm, 200, 0.04));

  it('makes a mixture, the same one for the same draws', () => {
    const sum = checkMixture(sampleDdpm, 200, 0.04);
    assert.ok(Math.abs(sum + 20.312218202) < 1e-6, `${sum}`);
  });
});
