import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import { KalmanSmoother } from '../../../src/diffusion/base/kalman.ts';
import type { KalmanParameters, Smoothed } from '../../../src/diffusion/base/kalman-parameters.ts';
import { conditionOn, type Stacked, square, stackStates } from './kalman-reference.ts';

const tolerance = 1e-6;

/** Random parameters: nothing about them is special but that covariances are positive definite. */
function randomModel(seed: number, channels: number, rank: number): KalmanParameters<Float64Array> {
  const rng = createRng(seed);
  const n = channels + rank;
  const normals = (count: number, scale: number) => Float64Array.from({ length: count }, () => scale * rng.normal());
  const positive = (size: number) => {
    const root = square(normals(size * size, 0.5), size, size);
    const out = root.mmul(root.transpose());
    for (let i = 0; i < size; i++) out.set(i, i, out.get(i, i) + 0.3);
    return Float64Array.from(out.to1DArray());
  };
  return {
    channels,
    rank,
    transition: normals(channels * n, 0.6 / Math.sqrt(n)),
    components: normals(channels * rank, 0.6),
    stateNoise: positive(channels),
    observationNoise: Float64Array.from({ length: channels }, () => 0.01 + 0.3 * rng.uniform()),
    initialCovariance: positive(n),
  };
}

function stack(model: KalmanParameters<Float64Array>, smoother: KalmanSmoother, length: number): Stacked {
  const { channels } = model;
  const { n } = smoother;
  const noise = square(new Float64Array(n * n), n, n);
  const read = square(new Float64Array(channels * n), channels, n);
  for (let i = 0; i < channels; i++) {
    read.set(i, i, 1);
    for (let j = 0; j < channels; j++) noise.set(i, j, model.stateNoise[i * channels + j]);
  }
  return {
    covariance: stackStates(
      square(smoother.transition, n, n),
      noise,
      square(model.initialCovariance, n, n),
      read,
      length,
    ),
    noise: Array.from({ length: length * channels }, (_, cell) => model.observationNoise[cell % channels]),
  };
}

function window(seed: number, cells: number, share: number): { y: Float64Array; known: Uint8Array } {
  const rng = createRng(seed);
  return {
    y: Float64Array.from({ length: cells }, () => rng.normal()),
    known: Uint8Array.from({ length: cells }, () => (rng.uniform() < share ? 1 : 0)),
  };
}

function assertExact(out: Smoothed, stacked: Stacked, y: Float64Array, known: Uint8Array, every = 1): void {
  const observed = [...known.keys()].filter((cell) => known[cell] === 1);
  for (let cell = 0; cell < known.length; cell += every) {
    const given = conditionOn(stacked, observed, y, cell);
    assert.ok(Math.abs(out.mean[cell] - given.mean) < tolerance, `mean of cell ${cell}`);
    assert.ok(Math.abs(out.variance[cell] - given.variance) < tolerance, `variance of cell ${cell}`);
    const others = conditionOn(
      stacked,
      observed.filter((o) => o !== cell),
      y,
      cell,
    );
    const spread = others.variance + stacked.noise[cell];
    assert.ok(Math.abs(out.spread[cell] - spread) < tolerance, `spread of cell ${cell}`);
    const residual = known[cell] === 1 ? (y[cell] - others.mean) / Math.sqrt(spread) : 0;
    assert.ok(
      Math.abs(out.leaveOneOut[cell] - residual) < tolerance,
      `leave-one-out of cell ${cell}: ${out.leaveOneOut[cell]}, expected ${residual}`,
    );
  }
}

describe('KalmanSmoother', () => {
  it('agrees with Gaussian conditioning of the stacked covariance: means, variances, leave-one-out', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
        (seed, channels, rank, length, share) => {
          const model = randomModel(seed, channels, Math.min(rank, channels));
          const smoother = new KalmanSmoother(model, length);
          const { y, known } = window(seed + 1, length * channels, share);
          assertExact(smoother.smooth(y, known, length), stack(model, smoother, length), y, known);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is as exact where the recursions settle, before and after the mask changes', () => {
    const wild = randomModel(20, 2, 1);
    const model = { ...wild, transition: wild.transition.map((v) => v / 2) };
    const length = 90;
    const smoother = new KalmanSmoother(model, length);
    const { y } = window(21, length * 2, 1);
    const known = new Uint8Array(length * 2).fill(1);
    for (let t = 35; t < 60; t++) known[t * 2 + 1] = 0;
    let same = 0;
    const out = smoother.smooth(y, known, length, (_, moments) => {
      same += moments.same ? 1 : 0;
    });
    assertExact(out, stack(model, smoother, length), y, known, 7);
    assert.ok(same > length / 4, `only ${same} of ${length} rows settled`);
  });

  it('tells the log-likelihood of what was observed', () => {
    const model = randomModel(5, 2, 1);
    const smoother = new KalmanSmoother(model, 4);
    const { y, known } = window(6, 8, 0.7);
    smoother.smooth(y, known, 4);
    const stacked = stack(model, smoother, 4);
    const observed = [...known.keys()].filter((cell) => known[cell] === 1);
    let want = 0;
    observed.forEach((cell, k) => {
      const { mean, variance } = conditionOn(stacked, observed.slice(0, k), y, cell);
      const spread = variance + stacked.noise[cell];
      want -= 0.5 * (Math.log(2 * Math.PI * spread) + (y[cell] - mean) ** 2 / spread);
    });
    assert.ok(Math.abs(smoother.logLikelihood - want) < tolerance);
  });

  it('lets nothing of an unknown cell into the result', () => {
    const model = randomModel(7, 3, 2);
    const smoother = new KalmanSmoother(model, 8);
    const { y, known } = window(8, 24, 0.5);
    const { mean, variance, leaveOneOut } = smoother.smooth(y, known, 8);
    const before = [mean.slice(), variance.slice(), leaveOneOut.slice()];
    for (const hidden of [Number.NaN, 1e30]) {
      smoother.smooth(
        y.map((value, cell) => (known[cell] === 1 ? value : hidden)),
        known,
        8,
      );
      assert.deepEqual([mean, variance, leaveOneOut], before);
    }
  });

  it('keeps nothing of one window for the next, and takes windows shorter than its longest', () => {
    const model = randomModel(9, 3, 1);
    const used = new KalmanSmoother(model, 10);
    const long = window(10, 30, 0.6);
    used.smooth(long.y, long.known, 10);
    const short = window(11, 12, 0.6);
    const { mean, spread } = used.smooth(short.y, short.known, 4);
    const fresh = new KalmanSmoother(model, 4).smooth(short.y, short.known, 4);
    assert.deepEqual(mean.slice(0, 12), fresh.mean);
    assert.deepEqual(spread.slice(0, 12), fresh.spread);
  });

  it('with one observed cell moves others by their covariance with it', () => {
    const model = randomModel(12, 3, 2);
    const smoother = new KalmanSmoother(model, 5);
    const y = new Float64Array(15).fill(2);
    const known = new Uint8Array(15);
    known[7] = 1;
    assertExact(smoother.smooth(y, known, 5), stack(model, smoother, 5), y, known);
  });
});
