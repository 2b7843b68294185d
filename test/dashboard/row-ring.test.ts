import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRowRing, type RowRing } from '../../src/dashboard/row-ring.ts';

const stepMs = 1000;

function write(ring: RowRing, timeMs: number, values: readonly number[], version: number): number | null {
  const slot = ring.open(timeMs);
  if (slot !== null) ring.observe(slot, Float64Array.from(values), 0, version);
  return slot;
}

test('rows come back in order of time, whatever the order they came in', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1 }), (rows) => {
      const ring = createRowRing(8, 2, stepMs);
      for (const row of rows) write(ring, row * stepMs, [row, -row], 1);
      const sorted = [...rows].sort((a, b) => a - b);
      const block = ring.since(-1);
      assert.deepEqual(
        block.timesMs,
        sorted.map((row) => row * stepMs),
      );
      assert.deepEqual(block.channels[0].observed, sorted);
    }),
  );
});

test('keeps the newest rows only, and refuses older ones', () => {
  const ring = createRowRing(4, 1, stepMs);
  for (let row = 10; row < 20; row++) write(ring, row * stepMs, [row], row);
  assert.deepEqual(ring.since(-1).channels[0].observed, [16, 17, 18, 19]);
  assert.equal(ring.open(15 * stepMs), null);
  assert.equal(ring.has(15 * stepMs), false);
  assert.equal(ring.newestMs, 19 * stepMs);
});

test('a reused slot forgets all of its old row', () => {
  const ring = createRowRing(2, 1, stepMs);
  const slot = write(ring, 0, [1], 1) ?? assert.fail('row 0 was refused');
  ring.expect(slot, 0, 5, 1, 1);
  ring.judge(slot, { timeMs: 0, score: 9, pValue: 0.001, alarm: true, learning: true, topChannels: [] }, 1);
  write(ring, 2 * stepMs, [Number.NaN], 2);
  const later = write(ring, 2 * stepMs, [3], 3);
  assert.equal(later, slot);
  const block = ring.since(-1);
  assert.deepEqual(block.channels[0], {
    observed: [3],
    median: [null],
    low: [null],
    high: [null],
    expected: [null],
    halfWidth90: [null],
  });
  assert.deepEqual([block.score, block.pValue, block.alarm, block.learning], [[null], [null], [0], [0]]);
});

test('event time that starts over begins a new picture instead of being refused for ever', () => {
  const ring = createRowRing(4, 1, stepMs);
  write(ring, 1000 * stepMs, [1], 1);
  assert.notEqual(write(ring, 10 * stepMs, [2], 2), null);
  assert.deepEqual(ring.since(-1).timesMs, [10 * stepMs]);
});

test('what was observed is not undone by a window that knows less', () => {
  const ring = createRowRing(4, 2, stepMs);
  write(ring, 0, [1, 2], 1);
  write(ring, 0, [Number.NaN, 3], 2);
  assert.deepEqual(
    ring.since(-1).channels.map((channel) => channel.observed[0]),
    [1, 3],
  );
});

test('an observed cell is never shown as imputed, even when the reading comes after the imputation', () => {
  const ring = createRowRing(4, 1, stepMs);
  const slot = write(ring, 0, [Number.NaN], 1) ?? assert.fail('row 0 was refused');
  ring.impute(slot, 0, { low: 1, median: 2, high: 3 }, 1);
  assert.deepEqual(ring.since(-1).channels[0].median, [2]);
  write(ring, 0, [2.5], 2);
  ring.impute(slot, 0, { low: 1, median: 2, high: 3 }, 3);
  assert.deepEqual(ring.since(-1).channels[0], {
    observed: [2.5],
    median: [null],
    low: [null],
    high: [null],
    expected: [null],
    halfWidth90: [null],
  });
});

test('since tells exactly the rows whose content changed', () => {
  const ring = createRowRing(8, 1, stepMs);
  for (let row = 0; row < 5; row++) write(ring, row * stepMs, [row], 1);
  for (let row = 0; row < 5; row++) write(ring, row * stepMs, [row === 3 ? 30 : row], 2);
  assert.deepEqual(ring.since(1).timesMs, [3 * stepMs]);
  assert.deepEqual(ring.since(2).timesMs, []);
});

test('a row that could not be scored has no p-value', () => {
  const ring = createRowRing(2, 1, stepMs);
  const slot = ring.open(0) ?? assert.fail('row 0 was refused');
  ring.judge(slot, { timeMs: 0, score: Number.NaN, pValue: 1, alarm: false, learning: true, topChannels: [] }, 1);
  assert.deepEqual([ring.since(-1).pValue, ring.since(-1).learning], [[null], [1]]);
});

test('keeps the p-values of references that said something, and forgets them with the row', () => {
  const ring = createRowRing(2, 1, stepMs);
  const slot = ring.open(0) ?? assert.fail('row 0 was refused');
  const says = (score: number) => ({ score, pValue: 0.25, alarm: false, learning: false });
  const row = { timeMs: 0, score: 1, pValue: 1, alarm: false, learning: false, topChannels: [] };
  ring.judge(slot, { ...row, references: { ridge_var: says(1), z_score: says(Number.NaN) } }, 1);
  assert.deepEqual(ring.since(-1).references, { ridge_var: [0.25], z_score: [null] });
  ring.judge(slot, row, 2);
  assert.deepEqual(ring.since(1).references, { ridge_var: [null], z_score: [null] }, 'switched off');
  ring.judge(slot, { ...row, references: { ridge_var: says(1), z_score: says(1) } }, 3);
  ring.open(2 * stepMs);
  assert.deepEqual(ring.since(-1).references, { ridge_var: [], z_score: [] });
});

test('negative times have slots too', () => {
  const ring = createRowRing(3, 1, stepMs);
  for (const row of [-4, -3, -2]) write(ring, row * stepMs, [row], 1);
  assert.deepEqual(ring.since(-1).channels[0].observed, [-4, -3, -2]);
});
