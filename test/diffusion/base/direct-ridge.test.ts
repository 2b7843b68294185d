import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import {
  type DirectRidge,
  fitDirectRidge,
  foldOf,
  forecastRidge,
  type RidgeSample,
  ridgeFeatureCount,
  ridgeShapeFor,
} from '../../../src/diffusion/base/direct-ridge.ts';

const seed = 14;
const context = 8;
const horizon = 4;
const noise = 0.3;

/** x_t = .6 x_{t-1} + .3 y_{t-1} + noise, y_t = .9 y_{t-1} + noise. */
function process(rows: number, own = seed): Float32Array {
  const rng = createRng(own);
  const out = new Float32Array(rows * 2);
  let [x, y] = [0, 0];
  for (let t = 0; t < rows; t++) {
    [x, y] = [0.6 * x + 0.3 * y + noise * rng.normal(), 0.9 * y + noise * rng.normal()];
    out.set([x, y], 2 * t);
  }
  return out;
}

/** Standard deviation of the best forecast of x and y, h steps ahead. */
function bestStd(h: number): [number, number] {
  let power = [1, 0, 0, 1];
  let [vx, vy] = [0, 0];
  for (let k = 0; k < h; k++) {
    vx += noise ** 2 * (power[0] ** 2 + power[1] ** 2);
    vy += noise ** 2 * (power[2] ** 2 + power[3] ** 2);
    const [a, b, c, d] = power;
    power = [0.6 * a, 0.3 * a + 0.9 * b, 0.6 * c, 0.3 * c + 0.9 * d];
  }
  return [Math.sqrt(vx), Math.sqrt(vy)];
}

function samplesOf(series: Float32Array, stride = 1): RidgeSample[] {
  const rows = series.length / 2;
  const starts = Array.from({ length: Math.floor((rows - context - horizon) / stride) + 1 }, (_, k) => k * stride);
  return starts.map((row, i) => ({
    filled: series.slice(2 * row, 2 * (row + context + horizon)),
    fold: foldOf(i, starts.length),
    time: Float32Array.of(0),
  }));
}

const forecast = (ridge: DirectRidge, sample: RidgeSample) => {
  const filled = sample.filled.slice();
  filled.fill(Number.NaN, 2 * context);
  forecastRidge(ridge, filled, context, sample.time);
  return filled;
};

describe(`DirectRidge (seed ${seed})`, () => {
  const samples = samplesOf(process(6000));
  const { ridge, folds } = fitDirectRidge(samples, 2, context, horizon, 1);

  it('comes within 3 % of the best forecast of a known process, on rows it has not seen', () => {
    const fresh = samplesOf(process(4000, seed + 1));
    for (let h = 0; h < horizon; h++) {
      for (const d of [0, 1]) {
        const errors = fresh.map(
          (sample) => sample.filled[2 * (context + h) + d] - forecast(ridge, sample)[2 * (context + h) + d],
        );
        const std = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
        const best = bestStd(h + 1)[d];
        assert.ok(std < 1.06 * best && std > 0.94 * best, `channel ${d}, step ${h + 1}: ${std}, best ${best}`);
      }
    }
  });

  it('says out of fold how large its errors are', () => {
    for (let h = 0; h < horizon; h++) {
      for (const d of [0, 1]) {
        const best = bestStd(h + 1)[d];
        assert.ok(Math.abs(ridge.residualStd[d * horizon + h] / best - 1) < 0.05, `channel ${d}, step ${h + 1}`);
      }
    }
  });

  it('residualStd is that of the fold ridges on their own folds', () => {
    const squares = new Float64Array(2 * horizon);
    for (const sample of samples) {
      const own = forecast(folds[sample.fold], sample);
      for (let h = 0; h < horizon; h++)
        for (const d of [0, 1])
          squares[d * horizon + h] += (sample.filled[2 * (context + h) + d] - own[2 * (context + h) + d]) ** 2;
    }
    squares.forEach((sum, i) => assert.ok(Math.abs(Math.sqrt(sum / samples.length) / ridge.residualStd[i] - 1) < 1e-3));
  });

  it('the ridge of a fold has not seen the windows of the fold: whatever they hold, it is the same', () => {
    const rng = createRng(seed + 2);
    const few = samples.slice(0, 400).map((sample, i, all) => ({ ...sample, fold: foldOf(i, all.length) }));
    const k = 2;
    const spoilt = few.map((sample) =>
      sample.fold === k ? { ...sample, filled: sample.filled.map(() => 20 * rng.normal()) } : sample,
    );
    const before = fitDirectRidge(few, 2, context, horizon, 1);
    const after = fitDirectRidge(spoilt, 2, context, horizon, 1);
    assert.notDeepEqual(after.ridge.coefficients, before.ridge.coefficients);
    assert.notDeepEqual(after.folds[k + 1].coefficients, before.folds[k + 1].coefficients);
    const without = fitDirectRidge(
      few.filter((sample) => sample.fold !== k),
      2,
      context,
      horizon,
      1,
    );
    // lambda may differ between the fits: the error of the forecasts shows what was seen
    const error = (one: DirectRidge) =>
      few
        .filter((s) => s.fold === k)
        .reduce((sum, s) => sum + (s.filled[2 * context] - forecast(one, s)[2 * context]) ** 2, 0);
    assert.ok(Math.abs(error(after.folds[k]) / error(without.ridge) - 1) < 0.05);
  });

  it('leaves out samples with a hole in the target, channel by channel', () => {
    const holes = samples.slice(0, 300).map((sample, i) => {
      if (i % 3 !== 0) return sample;
      const filled = sample.filled.slice();
      filled[2 * (context + 1)] = Number.NaN;
      return { ...sample, filled };
    });
    const fitted = fitDirectRidge(holes, 2, context, horizon, 1);
    assert.ok(fitted.ridge.coefficients.every(Number.isFinite));
    const whole = fitDirectRidge(samples.slice(0, 300), 2, context, horizon, 1);
    const perChannel = fitted.ridge.coefficients.length / 2;
    assert.deepEqual(fitted.ridge.coefficients.subarray(perChannel), whole.ridge.coefficients.subarray(perChannel));
    assert.notDeepEqual(
      fitted.ridge.coefficients.subarray(0, perChannel),
      whole.ridge.coefficients.subarray(0, perChannel),
    );
  });

  it('holds the last value where there is nothing to learn from, and says that it may err by one', () => {
    const empty = fitDirectRidge([], 2, context, horizon, 1);
    assert.ok(empty.ridge.residualStd.every((std) => std === 1));
    const out = forecast(empty.ridge, samples[0]);
    for (let h = 0; h < horizon; h++)
      for (const d of [0, 1]) assert.equal(out[2 * (context + h) + d], samples[0].filled[2 * (context - 1) + d]);
  });

  it('reads nothing of the rows that it forecasts', () => {
    const [first] = samples;
    const other = { ...first, filled: first.filled.map((v, i) => (i < 2 * context ? v : 1e6)) };
    assert.deepEqual(forecast(ridge, other), forecast(ridge, first));
  });

  it('bounds its lags by the context and its inputs by the width of the feed', () => {
    assert.equal(ridgeShapeFor(3, 40, 2).lags, 39);
    assert.equal(ridgeShapeFor(3, 400, 2).lags, 96);
    assert.equal(ridgeShapeFor(64, 40, 2).crossChannel, true);
    assert.equal(ridgeShapeFor(65, 40, 2).crossChannel, false);
    assert.equal(ridgeFeatureCount(ridgeShapeFor(3, 40, 2)), 2 + 39 + 2 + 3);
  });

  it('forecasts further than its context reaches', () => {
    const series = process(400);
    const long = Array.from({ length: 100 }, (_, i) => ({
      filled: series.slice(2 * i, 2 * (i + 4 + 12)),
      fold: foldOf(i, 100),
      time: Float32Array.of(0),
    }));
    const { ridge: far } = fitDirectRidge(long, 2, 4, 12, 1);
    const filled = long[0].filled.slice();
    forecastRidge(far, filled, 4, Float32Array.of(0));
    assert.ok(filled.every(Number.isFinite));
  });
});

describe('DirectRidge with a plan', () => {
  /** y follows u, which jumps at random and is known ahead: y_t = .5 y_{t-1} + .5 u_t + noise. */
  const rng = createRng(seed);
  const rows = 3000;
  const series = new Float32Array(rows * 2);
  let [y, u] = [0, 0];
  for (let t = 0; t < rows; t++) {
    if (rng.uniform() < 0.2) u = rng.normal();
    y = 0.5 * y + 0.5 * u + 0.05 * rng.normal();
    series.set([y, u], 2 * t);
  }
  const samples = samplesOf(series);
  const { ridge } = fitDirectRidge(samples, 2, context, horizon, 1, [1]);
  const { ridge: blind } = fitDirectRidge(samples, 2, context, horizon, 1);

  it('forecasts what follows the plan nearly as well as the process allows', () => {
    const stdOf = (own: DirectRidge) => Array.from({ length: horizon }, (_, h) => own.residualStd[h]);
    const best = (h: number) =>
      0.05 * Math.sqrt(Array.from({ length: h + 1 }, (_, k) => 0.25 ** k).reduce((a, b) => a + b));
    stdOf(ridge).forEach((std, h) => assert.ok(std < 1.1 * best(h), `row ${h}: ${std}, best ${best(h)}`));
    stdOf(blind).forEach((std, h) => assert.ok(std > 3 * best(h), `row ${h}: ${std}, best ${best(h)}`));
  });

  it('does not forecast a plan from itself: without one, its own spread is what it was', () => {
    for (let h = 0; h < horizon; h++) {
      const [own, plain] = [ridge.residualStd[horizon + h], blind.residualStd[horizon + h]];
      assert.ok(Math.abs(own - plain) < 1e-6 * plain, `${own}, ${plain}`);
    }
  });

  it('leaves a plan of too many rows to the network', () => {
    const { planned, planRows } = ridgeShapeFor(3, 400, 2, [1, 2], 97);
    assert.deepEqual([planned, planRows], [[], 0]);
    assert.equal(ridgeFeatureCount(ridgeShapeFor(3, 40, 2, [1, 2], 96)), 2 + 39 + 2 + 3 + 192);
  });
});

describe('foldOf', () => {
  it('cuts any number of windows into five contiguous folds', () => {
    for (const count of [1, 4, 5, 23, 1000]) {
      const folds = Array.from({ length: count }, (_, i) => foldOf(i, count));
      folds.slice(1).forEach((fold, i) => assert.ok(fold === folds[i] || fold > folds[i]));
      assert.ok(folds.every((fold) => fold >= 0 && fold <= 4));
      if (count >= 5) assert.equal(new Set(folds).size, 5);
    }
  });
});
