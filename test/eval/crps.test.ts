import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { crpsLevels, logisticCrps, normalisedCrps, pinball, quantileCrps, sampleCrps } from '../../src/eval/crps.ts';

const close = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

/** Inverse distribution function of the logistic law. */
const logisticQuantile = (level: number, location = 0, scale = 1) => location + scale * Math.log(level / (1 - level));

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });

test('levels are .05 to .95', () => {
  assert.equal(crpsLevels.length, 19);
  close(crpsLevels[0], 0.05);
  close(crpsLevels[18], 0.95);
});

test('pinball by hand: under-prediction costs the level, over-prediction the rest', () => {
  close(pinball(10, 8, 0.9), 1.8);
  close(pinball(8, 10, 0.9), 0.2);
  assert.equal(pinball(3, 3, 0.3), 0);
});

test('quantile CRPS by hand: 2/3 (.1 x 3 + .5 x 1 + .1 x 2)', () => {
  close(quantileCrps(4, [99, 1, 3, 6], [0.1, 0.5, 0.9], 1), (2 / 3) * (0.1 * 3 + 0.5 * 1 + 0.1 * 2));
});

test('equal quantiles at symmetric levels: CRPS is the absolute error', () => {
  fc.assert(
    fc.property(finite, finite, (target, point) => {
      close(quantileCrps(target, new Array<number>(19).fill(point), crpsLevels), Math.abs(target - point), 1e-8);
    }),
  );
});

test('normalised form, by hand and as CSDI writes it', () => {
  const levels = [0.25, 0.5, 0.75];
  const targets = [2, -4, Number.NaN, 1];
  const quantiles = [1, 2, 3, -5, -3, -2, 0, 0, 0, 2, 2, 2];
  // CSDI: for every level 2 sum |(q - y) (1[y <= q] - level)| / sum |y|, then the mean over levels.
  let expected = 0;
  for (const [q, level] of levels.entries()) {
    let loss = 0;
    for (const i of [0, 1, 3]) {
      const predicted = quantiles[i * 3 + q];
      loss += Math.abs((predicted - targets[i]) * ((targets[i] <= predicted ? 1 : 0) - level));
    }
    expected += (2 * loss) / 7 / levels.length;
  }
  close(normalisedCrps(targets, quantiles, levels), expected);
});

test('sample CRPS agrees with the double sum, plain and fair', () => {
  fc.assert(
    fc.property(finite, fc.array(finite, { minLength: 2, maxLength: 20 }), (target, samples) => {
      let error = 0;
      let spread = 0;
      for (const a of samples) {
        error += Math.abs(a - target) / samples.length;
        for (const b of samples) spread += Math.abs(a - b);
      }
      const count = samples.length;
      close(sampleCrps(target, samples, 'plain'), error - spread / (2 * count * count), 1e-7);
      close(sampleCrps(target, samples, 'fair'), error - spread / (2 * count * (count - 1)), 1e-7);
    }),
  );
});

test('fair CRPS does not depend on the size of the ensemble in expectation, plain does', () => {
  const rng = createRng(11);
  const mean = (form: 'plain' | 'fair', size: number) => {
    let sum = 0;
    for (let i = 0; i < 20_000; i++) {
      sum += sampleCrps(
        rng.normal(),
        Array.from({ length: size }, () => rng.normal()),
        form,
      );
    }
    return sum / 20_000;
  };
  // Standard normal forecast of a standard normal: 1 / sqrt(pi).
  const truth = 1 / Math.sqrt(Math.PI);
  close(mean('fair', 3), truth, 0.02);
  close(mean('fair', 12), truth, 0.02);
  assert.ok(mean('plain', 3) > truth * 1.15);
  assert.ok(Number.isNaN(sampleCrps(1, [2], 'fair')));
});

test('logistic closed form: minus softplus integral by quadrature', () => {
  for (const [target, location, scale] of [
    [0, 0, 1],
    [3, 1, 0.5],
    [-40, 2, 0.7],
    [1e4, 0, 1],
  ]) {
    // CRPS = integral over x of (F(x) - 1[x >= y])^2, in small steps over both tails.
    const low = Math.min(target, location) - 40 * scale;
    const high = Math.max(target, location) + 40 * scale;
    const steps = 400_000;
    const dx = (high - low) / steps;
    let integral = 0;
    for (let i = 0; i < steps; i++) {
      const x = low + (i + 0.5) * dx;
      const f = 1 / (1 + Math.exp(-(x - location) / scale));
      integral += (f - (x >= target ? 1 : 0)) ** 2 * dx;
    }
    close(logisticCrps(target, location, scale), integral, 2e-3);
  }
});

test('the three forms agree on one law', () => {
  const count = 4000;
  const samples = Array.from({ length: count }, (_, i) => logisticQuantile((i + 0.5) / count, 1, 2));
  const levels = Array.from({ length: 199 }, (_, i) => (i + 1) / 200);
  const quantiles = levels.map((level) => logisticQuantile(level, 1, 2));
  for (const target of [-3, 1, 2.5]) {
    close(sampleCrps(target, samples, 'plain'), logisticCrps(target, 1, 2), 0.003);
    close(quantileCrps(target, quantiles, levels), logisticCrps(target, 1, 2), 0.02);
  }
});

test('propriety: the expectation is smallest at the true law', () => {
  const rng = createRng(5);
  const targets = Array.from({ length: 20_000 }, () => logisticQuantile(rng.uniform()));
  const expected = (location: number, scale: number) => {
    const quantiles = crpsLevels.map((level) => logisticQuantile(level, location, scale));
    return {
      closed: targets.reduce((sum, target) => sum + logisticCrps(target, location, scale), 0),
      pinballs: targets.reduce((sum, target) => sum + quantileCrps(target, quantiles, crpsLevels), 0),
    };
  };
  const truth = expected(0, 1);
  for (const [location, scale] of [
    [0.4, 1],
    [-0.4, 1],
    [0, 0.7],
    [0, 1.4],
  ]) {
    const other = expected(location, scale);
    assert.ok(other.closed > truth.closed, `location ${location}, scale ${scale}`);
    assert.ok(other.pinballs > truth.pinballs, `location ${location}, scale ${scale}`);
  }
});
