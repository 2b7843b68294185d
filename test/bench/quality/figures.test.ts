import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { crpsLevels, normalisedCrps } from '../../../src/eval/crps.ts';
import { createDistributionMetrics } from '../../../src/eval/distribution-metrics.ts';
import { pointErrors } from '../../../src/eval/point-errors.ts';
import { figuresOf, overSeeds } from './figures.ts';

test('the normalised form pools channels in their own units, whatever scales the other figures have', () => {
  const rng = createRng(6);
  const units = [1, 50];
  const targets = Float64Array.from({ length: 400 }, (_, i) => units[i % 2] * (3 + rng.normal()));
  const quantiles = Float64Array.from(
    { length: 400 * 19 },
    (_, i) => units[Math.floor(i / 19) % 2] * (3 + 2 * (crpsLevels[i % 19] - 0.5)),
  );
  const metrics = createDistributionMetrics(crpsLevels, [0.5, 70]);
  targets.forEach((target, i) => {
    metrics.add(i % 2, target, quantiles, i * 19);
  });
  const figures = figuresOf(metrics.summary(), 'normalised');
  const medians = targets.map((_, i) => 3 * units[i % 2]);
  assert.ok(Math.abs(figures.crps - normalisedCrps(targets, quantiles, crpsLevels)) < 1e-9);
  assert.ok(Math.abs(figures.nd - pointErrors(targets, medians).nd) < 1e-9);
  assert.equal(figuresOf(metrics.summary(), 'mean').crps, metrics.summary().crps);
});

test('mean and standard deviation over seeds, by hand; one seed has no spread', () => {
  const { mean, spread } = overSeeds([{ crps: 1 }, { crps: 2 }, { crps: 6 }]);
  assert.deepEqual(mean, { crps: 3 });
  assert.ok(Math.abs(spread.crps - Math.sqrt(14 / 2)) < 1e-12);
  assert.deepEqual(overSeeds([{ crps: 1 }]).spread, {});
});
