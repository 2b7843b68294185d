import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { addResidualQuantiles, fitResidualQuantiles } from '../../../src/eval/baselines/residual-quantiles.ts';
import { createDistributionMetrics } from '../../../src/eval/distribution-metrics.ts';

const levels = [0.05, 0.5, 0.95];

test('per horizon and channel, missing residuals left out', () => {
  // [example, horizon 2, channel 2]
  const residuals = Float64Array.of(1, 10, 5, Number.NaN, 2, 20, Number.NaN, Number.NaN, 3, 30, 7, Number.NaN);
  const fit = fitResidualQuantiles(residuals, [0.25, 0.5, 0.75], { horizon: 2, channels: 2 });
  assert.deepEqual([...fit.values], [1, 2, 3, 10, 20, 30, 5, 6, 7, Number.NaN, Number.NaN, Number.NaN]);
  const quantiles = addResidualQuantiles(Float64Array.of(100, 0, 1, 1), fit);
  assert.deepEqual([...quantiles.slice(0, 9)], [101, 102, 103, 10, 20, 30, 6, 7, 8]);
  assert.ok(quantiles.slice(9).every(Number.isNaN));
});

test('covers 90 % of new cells where the residuals are exchangeable', () => {
  const rng = createRng(12);
  const shape = { horizon: 3, channels: 2 };
  const scale = (cell: number) => 1 + cell;
  const fit = fitResidualQuantiles(
    Float64Array.from({ length: 400 * 6 }, (_, i) => scale(i % 6) * rng.normal()),
    levels,
    shape,
  );
  const metrics = createDistributionMetrics(levels, [1, 1]);
  for (let example = 0; example < 4000; example++) {
    const point = Float64Array.from({ length: 6 }, () => 50 * rng.normal());
    const quantiles = addResidualQuantiles(point, fit);
    for (let cell = 0; cell < 6; cell++)
      metrics.add(cell % 2, point[cell] + scale(cell) * rng.normal(), quantiles, cell * 3);
  }
  const { coverage90 } = metrics.summary();
  assert.ok(Math.abs(coverage90 - 0.9) < 0.02, String(coverage90));
});

test('shapes must fit', () => {
  assert.throws(
    () => fitResidualQuantiles(new Float64Array(5), levels, { horizon: 2, channels: 2 }),
    /residual quantiles/,
  );
  const fit = fitResidualQuantiles(new Float64Array(4), levels, { horizon: 2, channels: 2 });
  assert.throws(() => addResidualQuantiles(new Float64Array(3), fit), /residual quantiles/);
});
