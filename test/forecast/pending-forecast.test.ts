import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cellOf,
  held,
  lowOfCell,
  numbersOfCell,
  type PendingForecast,
  withoutRowsUntil,
} from '../../src/forecast/pending-forecast.ts';
import { members } from '../../src/forecast/shape.ts';
import { shape as shapeOf, stepMs } from './fixtures.ts';

const shape = shapeOf({ channels: 2, horizon: 4 });
const whole: PendingForecast = {
  endMs: 10 * stepMs,
  reference: Float64Array.of(1, 2),
  firstRow: 0,
  cells: Float32Array.from({ length: 4 * 2 * numbersOfCell }, (_, i) => i),
};

test('a cell is location and scale of every member, then the interval', () => {
  assert.equal(lowOfCell, 2 * members.length);
  assert.equal(numbersOfCell, lowOfCell + 2);
  assert.equal(cellOf(whole, shape, 1, 1), 3 * numbersOfCell);
});

test('no number of a wild feed is more than single precision can add up', () => {
  assert.deepEqual([held(3), held(Number.MAX_VALUE), held(-1e300)], [3, 1e30, -1e30]);
  assert.ok(Number.isNaN(held(Number.NaN)));
});

test('rows that are resolved are left out; the others keep their cells', () => {
  for (let rows = 0; rows < 4; rows++) {
    const left = withoutRowsUntil(whole, (10 + rows) * stepMs, shape);
    assert.ok(left !== null && left.firstRow === rows && left.endMs === whole.endMs);
    assert.equal(left.cells.length, (4 - rows) * 2 * numbersOfCell);
    for (let h = rows; h < 4; h++)
      for (let c = 0; c < 2; c++)
        assert.equal(left.cells[cellOf(left, shape, h, c)], whole.cells[cellOf(whole, shape, h, c)]);
    const again = withoutRowsUntil(left, 12 * stepMs, shape);
    assert.deepEqual(again, withoutRowsUntil(whole, Math.max(12, 10 + rows) * stepMs, shape));
  }
  assert.equal(withoutRowsUntil(whole, 14 * stepMs, shape), null);
  assert.equal(withoutRowsUntil(whole, 99 * stepMs, shape), null);
});
