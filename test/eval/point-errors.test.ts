import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { pointErrors } from '../../src/eval/point-errors.ts';

test('by hand, cells with a NaN left out', () => {
  const errors = pointErrors([1, 2, Number.NaN, 4, -5], [2, 2, 3, Number.NaN, -8]);
  assert.equal(errors.count, 3);
  assert.equal(errors.mae, 4 / 3);
  assert.equal(errors.rmse, Math.sqrt(10 / 3));
  assert.equal(errors.nd, 4 / 8);
});

test('scales with the unit, ND does not', () => {
  const values = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(values, (pairs) => {
      const targets = pairs.map(([target]) => target);
      const predictions = pairs.map(([, prediction]) => prediction);
      const one = pointErrors(targets, predictions);
      const four = pointErrors(
        targets.map((x) => 4 * x),
        predictions.map((x) => 4 * x),
      );
      assert.equal(four.mae, 4 * one.mae);
      assert.equal(four.rmse, 4 * one.rmse);
      assert.ok(Object.is(four.nd, one.nd));
      assert.ok(one.mae <= one.rmse + 1e-12);
    }),
  );
});

test('nothing to compare is NaN, not perfect', () => {
  assert.ok(Number.isNaN(pointErrors([Number.NaN], [1]).mae));
  assert.throws(() => pointErrors([1], [1, 2]), /point errors/);
});
