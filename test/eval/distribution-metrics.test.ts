import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { coverage } from '../../src/eval/coverage.ts';
import { crpsLevels, normalisedCrps } from '../../src/eval/crps.ts';
import { createDistributionMetrics } from '../../src/eval/distribution-metrics.ts';
import { pointErrors } from '../../src/eval/point-errors.ts';

const close = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

test('one channel of scale 1 agrees with the metrics of whole arrays', () => {
  const rng = createRng(1);
  const cells = 500;
  const targets = Float64Array.from({ length: cells }, () => 5 + rng.normal());
  targets[7] = Number.NaN;
  const quantiles = Float64Array.from({ length: cells * 19 }, (_, i) => 5 + 3 * (crpsLevels[i % 19] - 0.5));
  const metrics = createDistributionMetrics(crpsLevels, [1]);
  for (let i = 0; i < cells; i++) metrics.add(0, targets[i], quantiles, i * 19);
  const summary = metrics.summary();
  const errors = pointErrors(targets, new Float64Array(cells).fill(5));
  const interval = coverage(targets, quantiles, crpsLevels);
  close(summary.mae, errors.mae);
  close(summary.rmse, errors.rmse);
  close(summary.nd, errors.nd);
  close(summary.normalisedCrps, normalisedCrps(targets, quantiles, crpsLevels));
  close(summary.coverage90, interval.coverage);
  close(summary.magnitude, (summary.mae * summary.count) / summary.nd);
  close(summary.width90, interval.width);
  const inner = coverage(targets, quantiles, crpsLevels, 0.5);
  close(summary.coverage50, inner.coverage);
  close(summary.width50, inner.width);
  assert.ok(summary.coverage50 < summary.coverage90 && summary.width50 < summary.width90);
  assert.equal(summary.count, cells - 1);
  assert.deepEqual(summary.byChannel[0].count, cells - 1);
});

test('a channel does not gain weight by its unit', () => {
  const fill = (unit: number) => {
    const rng = createRng(8);
    const metrics = createDistributionMetrics([0.05, 0.5, 0.95], [1, unit]);
    for (let i = 0; i < 200; i++) {
      for (const [channel, factor] of [1, unit].entries()) {
        const target = factor * rng.normal();
        metrics.add(channel, target, [-1.645 * factor, 0.2 * factor, 1.645 * factor]);
      }
    }
    return metrics.summary();
  };
  const small = fill(1);
  const large = fill(1e6);
  for (const key of ['mae', 'rmse', 'crps', 'nd', 'coverage90', 'width90'] as const) close(large[key], small[key]);
  close(large.byChannel[1].mae, 1e6 * small.byChannel[1].mae);
  close(large.byChannel[1].coverage90, small.byChannel[1].coverage90);
});

test('a point forecast: CRPS equals MAE', () => {
  const cell = fc.tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.double({ min: -50, max: 50, noNaN: true }),
    fc.double({ min: -50, max: 50, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 30 }), (cells) => {
      const metrics = createDistributionMetrics([0.05, 0.25, 0.5, 0.75, 0.95], [1, 3, 0.2]);
      for (const [channel, target, point] of cells) metrics.add(channel, target, new Array<number>(5).fill(point));
      const { mae, crps, width90 } = metrics.summary();
      close(crps, mae, 1e-8);
      assert.equal(width90, 0);
    }),
  );
});

test('the median may lie between levels', () => {
  const metrics = createDistributionMetrics([0.4, 0.6], [1]);
  metrics.add(0, 5, [2, 4]);
  assert.equal(metrics.summary().mae, 2);
});

test('unknown targets are ignored, predictions that are not numbers are counted and said', () => {
  const metrics = createDistributionMetrics([0.05, 0.95], [1]);
  metrics.add(0, Number.NaN, [0, 1]);
  metrics.add(0, 1, [Number.NaN, 1]);
  metrics.add(0, 1, [0, Number.POSITIVE_INFINITY]);
  metrics.add(0, 0.5, [0, 1]);
  const summary = metrics.summary();
  assert.equal(summary.count, 1);
  assert.equal(summary.unanswered, 2);
  assert.equal(summary.coverage90, 1);
});

test('a channel constant in training has no unit: in byChannel only', () => {
  const metrics = createDistributionMetrics([0.5], [0, 2]);
  metrics.add(0, 100, [0]);
  metrics.add(1, 4, [0]);
  const summary = metrics.summary();
  assert.equal(summary.mae, 2);
  assert.equal(summary.count, 1);
  assert.equal(summary.byChannel[0].mae, 100);
  assert.ok(Number.isNaN(summary.coverage90));
});

test('empty is NaN; an unknown channel is refused', () => {
  const metrics = createDistributionMetrics([0.5], [1]);
  assert.ok(Number.isNaN(metrics.summary().crps));
  assert.equal(metrics.summary().count, 0);
  assert.throws(() => metrics.add(1, 0, [0]), /no channel 1/);
});

test('an interval whose ends were not asked for is not judged; the other one is', () => {
  const metrics = createDistributionMetrics([0.25, 0.5, 0.75], [1]);
  metrics.add(0, 1, [0, 1, 3]);
  metrics.add(0, 5, [0, 1, 2]);
  const { coverage90, width90, coverage50, width50 } = metrics.summary();
  assert.ok(Number.isNaN(coverage90) && Number.isNaN(width90));
  assert.equal(coverage50, 0.5);
  assert.equal(width50, 2.5);
});
