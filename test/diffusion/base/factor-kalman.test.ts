import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inverse, type Matrix } from 'ml-matrix';
import { createRng } from '../../../src/core/rng.ts';
import { FactorKalmanSmoother, type FactorParameters } from '../../../src/diffusion/base/factor-kalman.ts';
import { conditionOn, type Stacked, square, stackStates } from './kalman-reference.ts';

const channels = 8;
const rank = 2;
const transition = [0.8, 0.1, -0.2, 0.6];
const stateNoise = [0.4, 0.1, 0.1, 0.3];
const initial = [1, 0.2, 0.2, 0.8];

const flat = (matrix: Matrix) => Float64Array.from(matrix.to1DArray());

function model(seed: number): FactorParameters<Float64Array> {
  const rng = createRng(seed);
  return {
    channels,
    rank,
    loadings: Float64Array.from({ length: channels * rank }, () => rng.normal()),
    transition: Float64Array.from(transition),
    noisePrecision: flat(inverse(square(stateNoise, 2, 2))),
    initialPrecision: flat(inverse(square(initial, 2, 2))),
    persistence: Float64Array.from({ length: channels }, (_, d) => 0.1 + 0.1 * d),
    ownVariance: Float64Array.from({ length: channels }, (_, d) => 0.2 + 0.1 * d),
  };
}

function stack(of: FactorParameters<Float64Array>, length: number): Stacked {
  const covariance = stackStates(
    square(transition, 2, 2),
    square(stateNoise, 2, 2),
    square(initial, 2, 2),
    square(of.loadings, channels, rank),
    length,
  );
  for (let s = 0; s < length; s++)
    for (let t = 0; t < length; t++)
      for (let d = 0; d < channels; d++) {
        const own = of.ownVariance[d] * of.persistence[d] ** Math.abs(t - s);
        covariance.set(s * channels + d, t * channels + d, covariance.get(s * channels + d, t * channels + d) + own);
      }
  return { covariance, noise: new Array<number>(length * channels).fill(0) };
}

/** Largest error of the means, and mean relative error of standard deviations, beside brute force. */
function errors(seed: number, length: number, hide: (t: number, d: number, uniform: number) => boolean) {
  const parameters = model(seed);
  const stacked = stack(parameters, length);
  const rng = createRng(seed + 1);
  const y = Float64Array.from({ length: length * channels }, () => rng.normal());
  const known = Uint8Array.from(y, (_, i) => (hide(Math.floor(i / channels), i % channels, rng.uniform()) ? 0 : 1));
  const out = new FactorKalmanSmoother(parameters, length + 3).smooth(y, known, length);
  const observed = [...known.keys()].filter((i) => known[i] === 1);
  const found = { mean: 0, spread: 0, leaveOneOut: 0 };
  for (let i = 0; i < known.length; i++) {
    const others = known[i] === 1 ? observed.filter((o) => o !== i) : observed;
    const { mean, variance } = conditionOn(stacked, others, y, i);
    found.spread += Math.abs(Math.sqrt(out.spread[i] / variance) - 1) / known.length;
    if (known[i] === 0) found.mean = Math.max(found.mean, Math.abs(out.mean[i] - mean));
    else {
      const residual = (y[i] - mean) / Math.sqrt(variance);
      found.leaveOneOut = Math.max(found.leaveOneOut, Math.abs(out.leaveOneOut[i] - residual));
    }
  }
  return found;
}

describe('FactorKalmanSmoother', () => {
  it('is exact where channels are whole or wholly missing: leave-one-out, and cells of a dead channel', () => {
    for (const dead of [-1, 3]) {
      const { mean, spread, leaveOneOut } = errors(1, 8, (_, d) => d === dead);
      assert.ok(mean < 1e-8 && spread < 1e-8 && leaveOneOut < 1e-8, `${mean} ${spread} ${leaveOneOut}`);
    }
  });

  it('is exact where gaps reach to an end of the window', () => {
    const { mean, spread } = errors(2, 8, (t, d) => (d === 1 && t > 4) || (d === 5 && t < 3));
    assert.ok(mean < 1e-8 && spread < 1e-8, `${mean} ${spread}`);
  });

  it('has exact means for any gaps, and standard deviations within a few percent on average', () => {
    for (const [missing, error] of [
      [0.1, 0.02],
      [0.4, 0.05],
      [0.8, 0.08],
    ])
      for (const seed of [3, 4]) {
        const { mean, spread } = errors(seed, 10, (_, __, uniform) => uniform < missing);
        assert.ok(mean < 1e-6, `${missing} missing: mean off by ${mean}`);
        assert.ok(spread < error, `${missing} missing: standard deviations off by ${spread} on average`);
      }
  });

  it('with nothing observed gives the law before anything is seen', () => {
    const { mean, spread } = errors(5, 6, () => true);
    assert.ok(mean < 1e-12 && spread < 1e-8, `${mean} ${spread}`);
  });

  it('lets nothing of an unknown cell in, nor of a window before', () => {
    const smoother = new FactorKalmanSmoother(model(6), 9);
    const rng = createRng(7);
    const y = Float64Array.from({ length: 9 * channels }, () => rng.normal());
    const known = Uint8Array.from(y, () => (rng.uniform() < 0.5 ? 1 : 0));
    const { mean, spread } = smoother.smooth(y, known, 9);
    const first = [mean.slice(), spread.slice()];
    smoother.smooth(
      y.map((v) => 3 * v),
      new Uint8Array(y.length).fill(1),
      5,
    );
    smoother.smooth(
      y.map((v, i) => (known[i] === 1 ? v : Number.NaN)),
      known,
      9,
    );
    assert.deepEqual([mean, spread], first);
  });
});
