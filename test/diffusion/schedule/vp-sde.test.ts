import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleHeun } from '../../../src/diffusion/sampler/heun.ts';
import { betaSchedule } from '../../../src/diffusion/schedule/beta-schedule.ts';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';
import { karrasSigmas } from '../../../src/diffusion/schedule/karras-sigmas.ts';
import { sigmaOf } from '../../../src/diffusion/schedule/sigma-of.ts';
import { vpSde } from '../../../src/diffusion/schedule/vp-sde.ts';
import { exactDenoise, twoHumps } from '../analytic.ts';
import { plain, plainOps } from '../plain-ops.ts';

const sde = vpSde();

describe('vpSde', () => {
  it('has the beta, drift and diffusion of Song et al.', () => {
    assert.equal(sde.beta(0), 0.1);
    assert.equal(sde.beta(1), 20);
    assert.equal(sde.drift(1), -10);
    assert.equal(sde.diffusion(1), Math.sqrt(20));
  });

  it('has the marginals that its drift and diffusion make: their moments solve the moment equations', () => {
    // m' = f m, v' = 2 f v + g^2, by Runge-Kutta
    const steps = 2000;
    const h = 1 / steps;
    const slope = (t: number, [m, v]: readonly [number, number]) =>
      [sde.drift(t) * m, 2 * sde.drift(t) * v + sde.diffusion(t) ** 2] as const;
    let state: readonly [number, number] = [1, 0];
    const plus = (s: readonly [number, number], k: readonly [number, number], by: number) =>
      [s[0] + by * k[0], s[1] + by * k[1]] as const;
    for (let k = 0; k < steps; k++) {
      const t = k * h;
      const a = slope(t, state);
      const b = slope(t + h / 2, plus(state, a, h / 2));
      const c = slope(t + h / 2, plus(state, b, h / 2));
      const d = slope(t + h, plus(state, c, h));
      state = [0, 1].map((i) => state[i] + (h / 6) * (a[i] + 2 * b[i] + 2 * c[i] + d[i])) as [number, number];
      if ((k + 1) % 500 === 0) {
        const alphaBar = sde.alphaBar((k + 1) * h);
        assert.ok(Math.abs(state[0] - Math.sqrt(alphaBar)) < 1e-8);
        assert.ok(Math.abs(state[1] - (1 - alphaBar)) < 1e-8);
        assert.ok(Math.abs(sde.weight((k + 1) * h) - state[1]) < 1e-8);
      }
    }
  });

  it('timeOf inverts alphaBar', () => {
    for (const t of [1e-4, 0.1, 0.5, 1]) assert.ok(Math.abs(sde.timeOf(sde.alphaBar(t)) - t) < 1e-9);
  });

  it('is the limit of the linear chain: step t of T at time t / T', () => {
    const gaps = [100, 1000, 10_000].map((steps) => {
      const { alphaBar } = createChain(betaSchedule('linear', steps));
      return Math.max(...[0.1, 0.3, 0.5, 0.8].map((t) => Math.abs(alphaBar[t * steps] - sde.alphaBar(t))));
    });
    assert.ok(gaps[1] < 2e-3 && gaps[2] < gaps[1] / 5 && gaps[1] < gaps[0] / 5, `${gaps}`);
  });

  it('has the probability flow of EDM: the same data from the same noise, in t and in sigma', () => {
    const denoise = exactDenoise(twoHumps);
    const [from, to] = [0.7, 0.05];
    // dx/dt = f x - g^2 score / 2 (Song et al. 2021, equation 13), by Runge-Kutta
    const slope = (x: Float64Array, t: number) => {
      const a = sde.alphaBar(t);
      const z = plain(
        x.map((v) => v / Math.sqrt(a)),
        [1, 2],
      );
      const x0 = denoise(z, sigmaOf(a)).values;
      return x.map((v, i) => sde.drift(t) * v - (sde.diffusion(t) ** 2 * (Math.sqrt(a) * x0[i] - v)) / (1 - a) / 2);
    };
    const plus = (x: Float64Array, k: Float64Array, by: number) => x.map((v, i) => v + by * k[i]);
    let x = Float64Array.of(0.8, -0.3);
    const start = x.map((v) => v / Math.sqrt(sde.alphaBar(from)));
    const h = (to - from) / 400;
    for (let k = 0; k < 400; k++) {
      const t = from + k * h;
      const a = slope(x, t);
      const b = slope(plus(x, a, h / 2), t + h / 2);
      const c = slope(plus(x, b, h / 2), t + h / 2);
      const d = slope(plus(x, c, h), t + h);
      x = x.map((v, i) => v + (h / 6) * (a[i] + 2 * b[i] + 2 * c[i] + d[i]));
    }
    const sigmas = karrasSigmas(401, sigmaOf(sde.alphaBar(to)), sigmaOf(sde.alphaBar(from))).slice(0, -1);
    const z = sampleHeun(plainOps, denoise, plain(start, [1, 2]), sigmas, []).values;
    z.forEach((v, i) => assert.ok(Math.abs(v * Math.sqrt(sde.alphaBar(to)) - x[i]) < 1e-4, `${v}, ${x[i]}`));
  });

  it('ends where EDM says it does: sigma of about 150 at t = 1', () => {
    assert.ok(Math.abs(sigmaOf(sde.alphaBar(1)) - Math.sqrt(Math.expm1(10.05))) < 1e-9);
  });
});
