import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDropouts } from '../../../src/source/plant/dropouts.ts';
import { mean } from './plant-contract.ts';

const rows = (seed: number, channels: number, count: number): (number | null)[][] => {
  const hide = createDropouts(seed, channels);
  return Array.from({ length: count }, (_, k) => hide(Array.from({ length: channels }, (_, c) => 100 * k + c)));
};

/** Lengths of the runs of missing cells in one channel. */
const runs = (cells: readonly (readonly (number | null)[])[], c: number): number[] =>
  cells
    .map((row) => (row[c] === null ? 'x' : ' '))
    .join('')
    .split(/ +/)
    .filter((run) => run !== '')
    .map(({ length }) => length);

test('cells are passed on as they are or hidden, and a row is never empty', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, channels) => {
      rows(seed, channels, 300).forEach((row, k) => {
        assert.ok(row.some((value) => value !== null));
        row.forEach((value, c) => {
          assert.ok(value === null || value === 100 * k + c);
        });
      });
    }),
  );
});

test('8 to 10 % are missing in the long run: mostly single cells, and blocks up to 40 rows and a little', () => {
  const cells = rows(1, 10, 60_000);
  const missing = mean(cells.flat().map((value) => (value === null ? 1 : 0)));
  assert.ok(missing > 0.075 && missing < 0.1, `${missing}`);
  const lengths = Array.from({ length: 10 }, (_, c) => runs(cells, c)).flat();
  assert.ok(mean(lengths.map((length) => (length <= 2 ? 1 : 0))) > 0.7);
  assert.ok(lengths.filter((length) => length >= 5 && length <= 40).length > 300);
  assert.ok(Math.max(...lengths) < 100);
});

test('a bus outage takes several channels at once', () => {
  const together = rows(2, 10, 20_000).filter((row) => row.filter((value) => value === null).length >= 4);
  assert.ok(together.length > 300);
});
