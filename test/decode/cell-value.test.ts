import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellNumber, isMissing } from '../../src/decode/cell-value.ts';

test('numbers, booleans and numeric strings', () => {
  const cases: [unknown, number][] = [
    [1.5, 1.5],
    [true, 1],
    [false, 0],
    ['2', 2],
    [' -2.5e3 ', -2500],
    ['.5', 0.5],
    ['5.', 5],
    ['+1', 1],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['1e999', Infinity],
  ];
  for (const [value, expected] of cases) assert.equal(cellNumber(value), expected, String(value));
  for (const value of ['', 'x', '0x1', '1e', '.', '-', 'true', null, undefined, {}, [1], '1'.repeat(70)]) {
    assert.ok(Number.isNaN(cellNumber(value)), String(value));
  }
});

test('missing is what says so, and nothing else', () => {
  for (const value of [undefined, null, Number.NaN, '', ' ', 'NaN', 'nan', 'NULL', 'na', ' NA '])
    assert.ok(isMissing(value), String(value));
  for (const value of [0, false, '0', 'n', 'none', Infinity, {}, [], 'NaNNaN', ' '.repeat(100)])
    assert.ok(!isMissing(value), String(value));
});
