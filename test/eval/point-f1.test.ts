import assert from 'node:assert/strict';
import test from 'node:test';
import { pointF1 } from '../../src/eval/point-f1.ts';

test('by hand: 2 of 3 alarms are right, 2 of 4 rows are found', () => {
  const { precision, recall, f1 } = pointF1([1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0]);
  assert.equal(precision, 2 / 3);
  assert.equal(recall, 0.5);
  assert.ok(Math.abs(f1 - (2 * (2 / 3) * 0.5) / (2 / 3 + 0.5)) < 1e-12);
});

test('no point adjustment: one alarm in a long event stays one row', () => {
  assert.equal(pointF1([1, 1, 1, 1], [1, 0, 0, 0]).recall, 0.25);
});

test('edges', () => {
  assert.ok(Number.isNaN(pointF1([1, 0], [0, 0]).precision));
  assert.equal(pointF1([1, 0], [0, 0]).f1, 0);
  assert.ok(Number.isNaN(pointF1([0, 0], [0, 0]).f1));
  assert.equal(pointF1([1, 0], [1, 0]).f1, 1);
});
