import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { halfWidth90, logit } from '../../src/forecast/clipped-logistic.ts';
import { DampedTrend } from '../../src/forecast/damped-trend.ts';
import { lowOfCell, numbersOfCell } from '../../src/forecast/pending-forecast.ts';
import { type ForecastOfLaws, propose } from '../../src/forecast/propose.ts';
import { type ForecastShape, members } from '../../src/forecast/shape.ts';
import { TrackRecord } from '../../src/forecast/track-record.ts';
import { forecastOf, type Law, levels, record as options, shape as shapeOf } from './fixtures.ts';

const ofLaws = (shape: ForecastShape, network: Law, ridge?: Law) => forecastOf(shape, network, ridge) as ForecastOfLaws;
const known = (shape: ForecastShape, sums?: Float32Array) => ({
  shape,
  trend: new DampedTrend(shape.channels),
  record: new TrackRecord(shape, options, sums),
  endMs: 0,
});
const near = (got: number, want: number) =>
  assert.ok(Math.abs(got - want) <= 1e-5 * (1 + Math.abs(want)), `${got}, expected ${want}`);

describe('propose', () => {
  it('serves what the network says while nothing is known of the series', () => {
    const shape = shapeOf();
    const forecast = ofLaws(
      shape,
      (h, c) => [10 * c + h, 1 + c],
      () => [99, 9],
    );
    const { served, pending } = propose(forecast, levels, known(shape));
    served.quantiles.forEach((value, i) => void near(value, forecast.quantiles[i]));
    assert.equal(served.laws, undefined, 'members do not leave the room');
    assert.deepEqual([...pending.reference], [0, 10]);
    // cell h = 1, c = 1 relative to 10: the network, the ridge, the smoothing that repeats the network, the interval
    const cell = [...pending.cells.subarray(3 * numbersOfCell, 4 * numbersOfCell)];
    assert.deepEqual(cell.slice(0, lowOfCell), [1, 2, 89, 9, 1, 2]);
    near(cell[lowOfCell], 1 - 2 * halfWidth90);
    near(cell[lowOfCell + 1], 1 + 2 * halfWidth90);
  });

  it('mixes by averaging quantiles, each member rescaled about its median', () => {
    const shape = shapeOf({ channels: 1, horizon: 1 });
    const context = known(shape);
    context.trend.observe(0, 4);
    for (let n = 0; n < 100; n++) {
      context.record.resolve(
        0,
        0,
        n % 2 === 0 ? 3 : -1,
        Float32Array.of(0, 1, 1, 1, 2, 1, -3, 3),
        shape.bounds[0],
        new Float64Array(3),
      );
      context.record.turn();
    }
    const [factors, weights] = [context.record.factors(), context.record.weights(0)];
    const error = context.record.smoothingError(0, 0) as number;
    const { served } = propose(
      ofLaws(
        shape,
        () => [5, 2],
        () => [6, 3],
      ),
      levels,
      context,
    );
    const laws = [
      [5, 2],
      [6, 3],
      [4, error / (2 * Math.LN2)],
    ];
    levels.forEach((p, q) => {
      const want = laws.reduce((sum, [m, s], k) => sum + weights[k] * (m + factors[k] * s * logit(p)), 0);
      near(served.quantiles[q], want);
    });
    assert.ok(
      weights.every((weight) => weight > 0.01),
      'all three take part',
    );
  });

  it('keeps the shape of quantiles that are no logistic law', () => {
    const shape = shapeOf({ channels: 1, horizon: 1 });
    const forecast = { ...ofLaws(shape, () => [2, 1]), quantiles: Float64Array.of(1, 1.5, 2, 4, 8) };
    assert.deepEqual([...propose(forecast, levels, known(shape)).served.quantiles], [1, 1.5, 2, 4, 8]);
  });

  it('stays within the bounds of the channel, and bends as it does', () => {
    const shape = shapeOf({ horizon: 1, units: [{ transform: 'sqrt', min: 0, max: 20 }] });
    const bent = forecastOf(shape, () => [3, 1]) as ForecastOfLaws;
    const forecast = { ...bent, quantiles: bent.quantiles.map((x) => Math.min(20, Math.max(0, x) ** 2)) };
    const { served } = propose(forecast, levels, known(shape));
    near(served.quantiles[2], 9);
    levels.forEach((p, q) => void near(served.quantiles[q], Math.min(20, Math.max(0, 3 + logit(p)) ** 2)));
  });

  it('serves a plan as it is, whatever the members have done, and remembers nothing of it', () => {
    const shape = shapeOf({ horizon: 2 });
    const law: Law = (h, c) => (h === 0 && c === 1 ? [Number.NaN, Number.NaN] : [10 * c, 1]);
    const forecast = ofLaws(shape, law, law);
    forecast.quantiles.fill(70, levels.length, 2 * levels.length);
    const context = known(shape);
    for (const y of [1, 5, 2, 9]) for (let c = 0; c < 2; c++) context.trend.observe(c, y);
    const { served, pending } = propose(forecast, levels, context);
    assert.deepEqual(
      [...served.quantiles.subarray(levels.length, 2 * levels.length)],
      levels.map(() => 70),
    );
    assert.ok(Number.isNaN(pending.cells[numbersOfCell]));
    assert.deepEqual([...pending.reference], [0, 10], 'the first row that is forecast');
    assert.ok([...served.quantiles].every(Number.isFinite));
    assert.ok(pending.cells.subarray(2 * numbersOfCell).every(Number.isFinite));
  });

  it('property: quantiles ascend and stay within bounds; what one channel is told does not touch another', () => {
    const number = fc.double({ min: -50, max: 50, noNaN: true });
    const scale = fc.double({ min: 0, max: 20, noNaN: true });
    const cell = fc.tuple(number, scale, number, scale);
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 8, maxLength: 8 }),
        fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 11 * 8, maxLength: 11 * 8 }),
        fc.array(number, { minLength: 1, maxLength: 5 }),
        (cells, sums, seen) => {
          const shape = shapeOf({
            units: [
              { transform: 'none', min: -10, max: 30 },
              { transform: 'log1p', min: -5, max: 40 },
            ],
          });
          const law = (first: number) => (h: number, c: number) =>
            [cells[2 * h + c][first], cells[2 * h + c][first + 1]] as const;
          const context = known(shape, Float32Array.from(sums));
          for (const y of seen) for (let c = 0; c < 2; c++) context.trend.observe(c, y);
          const forecast = ofLaws(shape, law(0), law(2));
          const served = propose(forecast, levels, context).served.quantiles;
          for (let i = 0; i < served.length; i += levels.length) {
            const unit = shape.units[(i / levels.length) % 2];
            for (let q = 0; q < levels.length; q++) {
              assert.ok(served[i + q] >= unit.min && served[i + q] <= unit.max);
              assert.ok(q === 0 || served[i + q] >= served[i + q - 1] - 1e-9 * Math.abs(served[i + q]));
            }
          }
          context.trend.observe(1, 1e3);
          const again = propose(forecast, levels, context).served.quantiles;
          served.forEach((value, i) => {
            if (Math.floor(i / levels.length) % 2 === 0) assert.equal(again[i], value);
          });
        },
      ),
      { numRuns: 150 },
    );
    assert.equal(TrackRecord.sizeOf(shapeOf()), (3 * members.length + 2) * 8);
  });
});
