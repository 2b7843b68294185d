import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { KalmanSmoother } from '../../../src/diffusion/base/kalman.ts';
import { KalmanMoments } from '../../../src/diffusion/base/kalman-moments.ts';

/** A scalar AR(1) with noise, every moment of which is written out beside. */
const phi = 0.8;
const q = 0.5;
const noise = 0.3;
const start = 1.2;
const model = {
  channels: 1,
  rank: 0,
  transition: Float64Array.of(phi),
  components: new Float64Array(0),
  stateNoise: Float64Array.of(q),
  observationNoise: Float64Array.of(noise),
  initialCovariance: Float64Array.of(start),
};

/** Rauch-Tung-Striebel with lag-one covariances, for the scalar model. */
function reference(y: readonly number[], known: readonly number[]) {
  const length = y.length;
  const [predicted, filtered, mean] = [new Array<number>(length), new Array<number>(length), new Array<number>(length)];
  for (let t = 0; t < length; t++) {
    predicted[t] = t === 0 ? start : phi * phi * filtered[t - 1] + q;
    const before = t === 0 ? 0 : phi * mean[t - 1];
    const gain = known[t] === 1 ? predicted[t] / (predicted[t] + noise) : 0;
    filtered[t] = (1 - gain) * predicted[t];
    mean[t] = before + (known[t] === 1 ? gain * (y[t] - before) : 0);
  }
  const smoothed = [...mean];
  const variance = [...filtered];
  const lagged = new Array<number>(length).fill(0);
  for (let t = length - 2; t >= 0; t--) {
    const gain = (filtered[t] * phi) / predicted[t + 1];
    smoothed[t] = mean[t] + gain * (smoothed[t + 1] - phi * mean[t]);
    variance[t] = filtered[t] + gain * gain * (variance[t + 1] - predicted[t + 1]);
    lagged[t] = gain * variance[t + 1] + smoothed[t] * smoothed[t + 1];
  }
  return { second: smoothed.map((m, t) => m * m + variance[t]), lagged, smoothed, variance };
}

describe('KalmanMoments', () => {
  for (const [name, gaps] of [
    ['gaps', [3, 4, 9]],
    ['a long run of equal masks', []],
  ] as const)
    it(`are those of the Rauch-Tung-Striebel smoother, with ${name}`, () => {
      const rng = createRng(2);
      const length = gaps.length > 0 ? 12 : 80;
      const y = Array.from({ length }, () => rng.normal());
      const known = y.map((_, t) => (gaps.some((gap) => gap === t) ? 0 : 1));
      const want = reference(y, known);
      const smoother = new KalmanSmoother(model, length, true);
      const moments = new KalmanMoments(1, 1, smoother.memory);
      const mask = Uint8Array.from(known);
      const smoothed = smoother.smooth(Float64Array.from(y), mask, length, moments.transition);
      moments.observe(Float64Array.from(y), mask, length, smoothed, smoother.logLikelihood);
      const before = want.second.slice(0, -1).reduce((a, b) => a + b, 0);
      const lagged = want.lagged.reduce((a, b) => a + b, 0);
      const after = want.second.slice(1).reduce((a, b) => a + b, 0);
      const near = (got: number, expected: number, what: string) =>
        assert.ok(Math.abs(got - expected) < 1e-5 * length, `${what}: ${got}, expected ${expected}`);
      near(moments.states[0], before, 'states');
      near(q * moments.noiseState[0], lagged - phi * before, 'noise with state');
      near(
        q * moments.noise[0] * q + moments.transitions * q,
        after - 2 * phi * lagged + phi * phi * before,
        'noise squared',
      );
      const errors = y.reduce(
        (sum, value, t) => sum + (known[t] === 1 ? (value - want.smoothed[t]) ** 2 + want.variance[t] : 0),
        0,
      );
      near(moments.noiseSquares[0], errors, 'observation noise');
      assert.equal(moments.transitions, length - 1);
      assert.equal(moments.cells, length - gaps.length);
    });
});
