import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RollingGapResiduals } from '../../../src/cli/evaluate/rolling-gap-residuals.ts';
import { createRng } from '../../../src/core/rng.ts';
import { errorsMin } from '../../../src/eval/baselines/gap-residuals.ts';

const levels = [0.05, 0.5, 0.95];
const said = (of: RollingGapResiduals, series: string, point: number, channel = 0, distance = 1): number[] => {
  const out = new Float64Array(levels.length);
  of.write(out, series, point, channel, distance);
  return [...out];
};

describe('RollingGapResiduals', () => {
  test('the point alone, until an error is settled', () => {
    const residuals = new RollingGapResiduals(levels, 1);
    assert.deepEqual(said(residuals, 's', 7), [7, 7, 7]);
    residuals.learn('s', 10, 0, 1, 2);
    residuals.settle('s', 10);
    assert.deepEqual(said(residuals, 's', 7), [7, 7, 7]);
    residuals.settle('s', 11);
    assert.deepEqual(said(residuals, 's', 7), [9, 9, 9]);
  });

  test('errors by channel and distance; an unknown one teaches nothing', () => {
    const residuals = new RollingGapResiduals(levels, 2);
    for (let k = 0; k < errorsMin; k++) {
      residuals.learn('s', k, 0, 1, 1);
      residuals.learn('s', k, 0, 9, 5);
      residuals.learn('s', k, 1, 1, -1);
      residuals.learn('s', k, 1, 1, Number.NaN);
    }
    residuals.settle('s', errorsMin);
    assert.deepEqual(said(residuals, 's', 0, 0, 1), [1, 1, 1]);
    assert.deepEqual(said(residuals, 's', 0, 0, 9), [5, 5, 5]);
    assert.deepEqual(said(residuals, 's', 0, 1, 1), [-1, -1, -1]);
  });

  test('a series with few errors takes those of all, one with enough its own', () => {
    const residuals = new RollingGapResiduals(levels, 1);
    for (let k = 0; k < 100; k++) residuals.learn('old', k, 0, 1, 3);
    for (let k = 0; k < errorsMin - 1; k++) residuals.learn('new', k, 0, 1, 8);
    for (const series of ['old', 'new']) residuals.settle(series, 100);
    assert.deepEqual(said(residuals, 'new', 0), [3, 3, 8]);
    residuals.learn('new', 200, 0, 1, 8);
    residuals.settle('new', 201);
    assert.deepEqual(said(residuals, 'new', 0), [8, 8, 8]);
    assert.deepEqual(said(residuals, 'old', 0), [3, 3, 3]);
    assert.deepEqual(said(residuals, 'unheard of', 0), [3, 3, 8]);
  });

  test('follows errors that change: old ones are forgotten', () => {
    const residuals = new RollingGapResiduals(levels, 1);
    for (let row = 0; row < 2000; row++) {
      residuals.settle('s', row);
      residuals.learn('s', row, 0, 1, row < 1000 ? 1 : 4);
      said(residuals, 's', 0);
    }
    assert.deepEqual(said(residuals, 's', 0), [4, 4, 4]);
  });

  test('quantiles ascend, move with the point and lie between the least and the largest error', () => {
    const error = fc.record({
      distance: fc.integer({ min: 1, max: 40 }),
      error: fc.double({ min: -100, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(error, { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 40 }),
        (errors, asked) => {
          const residuals = new RollingGapResiduals(levels, 1);
          errors.forEach((one, row) => {
            residuals.learn('s', row, 0, one.distance, one.error);
          });
          residuals.settle('s', errors.length);
          const [low, middle, high] = said(residuals, 's', 0, 0, asked) as [number, number, number];
          assert.ok(low <= middle && middle <= high);
          const all = errors.map((one) => one.error);
          assert.ok(low >= Math.min(...all) - 1e-9 && high <= Math.max(...all) + 1e-9);
          assert.deepEqual(said(residuals, 's', 50, 0, asked), [50 + low, 50 + middle, 50 + high]);
        },
      ),
    );
  });

  test('covers 90 % of fresh errors of a skewed law, within the Monte-Carlo error', () => {
    const rng = createRng(5);
    const residuals = new RollingGapResiduals(levels, 1);
    const warm = 400;
    const rows = 4000;
    let inside = 0;
    for (let row = 0; row < rows; row++) {
      residuals.settle('s', row);
      const error = Math.exp(rng.normal());
      const [low, , high] = said(residuals, 's', 10) as [number, number, number];
      if (row >= warm && 10 + error >= low && 10 + error <= high) inside++;
      residuals.learn('s', row, 0, 1, error);
    }
    const fresh = rows - warm;
    // of the fresh draws, and of the at least `warm` errors that the quantiles come from
    const error = 4 * Math.sqrt(0.9 * 0.1 * (1 / fresh + 1 / warm));
    assert.ok(Math.abs(inside / fresh - 0.9) < error, `${inside / fresh}, expected 0.9 within ${error}`);
  });
});
