import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Aggregate } from '../../src/core/channel.ts';
import { Ring } from '../../src/window/ring.ts';
import { channel, reading } from './feed.ts';

const add = (ring: Ring, row: number, timeMs: number, values: Record<number, number>, offset = 0) =>
  ring.add(row, reading({ series: 's', timeMs, values }, offset));

const rows = (ring: Ring, first: number, length: number, width: number) => {
  const target = new Float64Array(length * width);
  const observed = ring.copy(first, length, target);
  return { values: [...target], observed };
};

describe('Ring', () => {
  const aggregated: readonly [Aggregate, number][] = [
    ['last', 7],
    ['mean', 4],
    ['min', 1],
    ['max', 7],
    ['sum', 12],
  ];
  for (const [aggregate, expected] of aggregated) {
    it(`aggregates by ${aggregate}`, () => {
      const ring = new Ring(4, [channel('a', aggregate)], 0);
      add(ring, 0, 3, { 0: 4 });
      add(ring, 0, 9, { 0: 7 });
      add(ring, 0, 5, { 0: 1 });
      assert.equal(ring.cell(0, 0), expected);
      assert.deepEqual(rows(ring, 0, 1, 1), { values: [expected], observed: 1 });
    });
  }

  it('takes the later arrival of two readings of one time, and a duplicate changes nothing', () => {
    const ring = new Ring(4, [channel('a')], 0);
    add(ring, 0, 3, { 0: 1 });
    add(ring, 0, 3, { 0: 2 });
    add(ring, 0, 3, { 0: 2 });
    assert.equal(ring.cell(0, 0), 2);
  });

  it('keeps the sum of huge values finite', () => {
    const ring = new Ring(4, [channel('a', 'sum'), channel('b', 'mean')], 0);
    for (let i = 0; i < 3; i++) add(ring, 0, i, { 0: Number.MAX_VALUE, 1: -Number.MAX_VALUE });
    assert.deepEqual(rows(ring, 0, 1, 2).values, [Number.MAX_VALUE, -Number.MAX_VALUE]);
  });

  it('copies over the seam, with NaN for what is missing or not begun', () => {
    const ring = new Ring(3, [channel('a'), channel('b', 'mean')], 10);
    for (let row = 10; row < 15; row++) add(ring, row, row * 10, row % 2 === 0 ? { 0: row } : { 1: row });
    assert.deepEqual(rows(ring, 12, 5, 2), {
      values: [12, Number.NaN, Number.NaN, 13, 14, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
      observed: 3,
    });
    assert.deepEqual(rows(ring, 20, 1, 2), { values: [Number.NaN, Number.NaN], observed: 0 });
  });

  it('uses slots again without a trace of what they held, near or far ahead', () => {
    for (const ahead of [4, 5, 1_000_000]) {
      const ring = new Ring(4, [channel('a', 'sum')], 0);
      for (let row = 0; row < 4; row++) add(ring, row, row * 10, { 0: 1 }, row);
      add(ring, ahead, ahead * 10, { 0: 5 }, 9);
      assert.equal(ring.cell(ahead, 0), 5);
      assert.equal(ring.has(ahead - 4), false);
      assert.equal(ring.oldestOffset(ahead), 9);
      assert.equal(ring.newestRow, ahead);
    }
  });

  it('takes rows before the first one', () => {
    const ring = new Ring(4, [channel('a')], 0);
    add(ring, 0, 5, { 0: 1 }, 3);
    add(ring, -3, -25, { 0: 2 }, 4);
    assert.equal(ring.cell(-3, 0), 2);
    assert.equal(ring.nextRow(-3), -3);
    assert.equal(ring.nextRow(-2), 0);
  });

  it('knows the oldest offset and the newest time of its rows', () => {
    const ring = new Ring(4, [channel('a')], 0);
    add(ring, 1, 17, { 0: 1 }, 8);
    add(ring, 1, 12, { 0: 1 }, 5);
    add(ring, 2, 21, {}, 3);
    assert.equal(ring.offsetOf(1), 5);
    assert.equal(ring.timeOf(1), 17);
    assert.equal(ring.has(2), true, 'a reading without values was heard all the same');
    assert.equal(ring.oldestOffset(0), 3);
    assert.equal(ring.oldestOffset(3), Number.POSITIVE_INFINITY);
    assert.equal(ring.has(0), false);
    assert.equal(ring.has(3), false);
  });

  it('clears through a row and keeps the later ones', () => {
    const ring = new Ring(4, [channel('a')], 0);
    for (let row = 0; row < 4; row++) add(ring, row, row * 10, { 0: row }, row);
    ring.clearThrough(2);
    assert.deepEqual(rows(ring, 0, 4, 1).values, [Number.NaN, Number.NaN, Number.NaN, 3]);
    assert.equal(ring.nextRow(0), 3);
    ring.clearThrough(3);
    assert.equal(ring.newestRow, Number.NEGATIVE_INFINITY);
    assert.equal(ring.nextRow(0), Number.POSITIVE_INFINITY);
  });
});
