import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Aggregate } from '../../src/core/channel.ts';
import { RecentRows } from '../../src/window/recent-rows.ts';
import { channel, reading } from './feed.ts';

const add = (recent: RecentRows, row: number, timeMs: number, values: Record<number, number>, offset = 0) =>
  recent.add(row, reading({ series: 's', timeMs, values }, offset));

const rows = (recent: RecentRows, first: number, length: number, width: number) => {
  const target = new Float64Array(length * width);
  const observed = recent.copy(first, length, target);
  return { values: [...target], observed };
};

describe('RecentRows', () => {
  const aggregated: readonly [Aggregate, number][] = [
    ['last', 7],
    ['mean', 4],
    ['min', 1],
    ['max', 7],
    ['sum', 12],
  ];
  for (const [aggregate, expected] of aggregated) {
    it(`aggregates by ${aggregate}`, () => {
      const recent = new RecentRows(4, [channel('a', aggregate)], 0);
      add(recent, 0, 3, { 0: 4 });
      add(recent, 0, 9, { 0: 7 });
      add(recent, 0, 5, { 0: 1 });
      assert.equal(recent.cell(0, 0), expected);
      assert.deepEqual(rows(recent, 0, 1, 1), { values: [expected], observed: 1 });
    });
  }

  it('takes the later arrival of two readings of one time, and a duplicate changes nothing', () => {
    const recent = new RecentRows(4, [channel('a')], 0);
    add(recent, 0, 3, { 0: 1 });
    add(recent, 0, 3, { 0: 2 });
    add(recent, 0, 3, { 0: 2 });
    assert.equal(recent.cell(0, 0), 2);
  });

  it('keeps the sum of huge values finite', () => {
    const recent = new RecentRows(4, [channel('a', 'sum'), channel('b', 'mean')], 0);
    for (let i = 0; i < 3; i++) add(recent, 0, i, { 0: Number.MAX_VALUE, 1: -Number.MAX_VALUE });
    assert.deepEqual(rows(recent, 0, 1, 2).values, [Number.MAX_VALUE, -Number.MAX_VALUE]);
  });

  it('copies over the end of a page, with NaN for what is missing or not begun', () => {
    const recent = new RecentRows(3, [channel('a'), channel('b', 'mean')], 10);
    for (let row = 10; row < 15; row++) add(recent, row, row * 10, row % 2 === 0 ? { 0: row } : { 1: row });
    assert.deepEqual(rows(recent, 12, 5, 2), {
      values: [12, Number.NaN, Number.NaN, 13, 14, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
      observed: 3,
    });
    assert.deepEqual(rows(recent, 20, 1, 2), { values: [Number.NaN, Number.NaN], observed: 0 });
  });

  it('goes on without a trace of what they held, near or far ahead', () => {
    for (const ahead of [4, 5, 1_000_000]) {
      const recent = new RecentRows(4, [channel('a', 'sum')], 0);
      for (let row = 0; row < 4; row++) add(recent, row, row * 10, { 0: 1 }, row);
      add(recent, ahead, ahead * 10, { 0: 5 }, 9);
      assert.equal(recent.cell(ahead, 0), 5);
      assert.equal(recent.has(ahead - 4), false);
      assert.equal(recent.oldestOffset(ahead), 9);
      assert.equal(recent.newestRow, ahead);
    }
  });

  it('takes rows before the first one', () => {
    const recent = new RecentRows(4, [channel('a')], 0);
    add(recent, 0, 5, { 0: 1 }, 3);
    add(recent, -3, -25, { 0: 2 }, 4);
    assert.equal(recent.cell(-3, 0), 2);
    assert.equal(recent.nextRow(-3), -3);
    assert.equal(recent.nextRow(-2), 0);
  });

  it('knows the oldest offset and the newest time of its rows', () => {
    const recent = new RecentRows(4, [channel('a')], 0);
    add(recent, 1, 17, { 0: 1 }, 8);
    add(recent, 1, 12, { 0: 1 }, 5);
    add(recent, 2, 21, {}, 3);
    assert.equal(recent.offsetOf(1), 5);
    assert.equal(recent.timeOf(1), 17);
    assert.equal(recent.has(2), true, 'a reading without values was heard all the same');
    assert.equal(recent.oldestOffset(0), 3);
    assert.equal(recent.oldestOffset(3), Number.POSITIVE_INFINITY);
    assert.equal(recent.has(0), false);
    assert.equal(recent.has(3), false);
  });

  it('clears through a row and keeps the later ones', () => {
    const recent = new RecentRows(4, [channel('a')], 0);
    for (let row = 0; row < 4; row++) add(recent, row, row * 10, { 0: row }, row);
    recent.clearThrough(2);
    assert.deepEqual(rows(recent, 0, 4, 1).values, [Number.NaN, Number.NaN, Number.NaN, 3]);
    assert.equal(recent.nextRow(0), 3);
    recent.clearThrough(3);
    assert.equal(recent.newestRow, Number.NEGATIVE_INFINITY);
    assert.equal(recent.nextRow(0), Number.POSITIVE_INFINITY);
  });

  it('shows windows what copies show, and goes on showing it whatever comes afterwards', () => {
    const width = 2;
    const capacity = 6;
    const length = 4;
    const step = fc.oneof(
      // rows back from the newest one, or on from it, far now and then; the first row is 100
      fc.record({ do: fc.constant('add' as const), by: fc.integer({ min: 1 - capacity + length, max: 3 }) }),
      fc.record({ do: fc.constant('add' as const), by: fc.constant(40) }),
      fc.record({ do: fc.constant('window' as const), by: fc.integer({ min: 0, max: 1 }) }),
      fc.record({ do: fc.constant('clear' as const), by: fc.integer({ min: -2, max: 0 }) }),
    );
    const run = (aggregate: Aggregate, spareRows: number, steps: readonly { do: string; by: number }[]) => {
      const channels = [channel('a', aggregate), channel('b')];
      const shown = new RecentRows(capacity, channels, 100, undefined, spareRows);
      const copied = new RecentRows(capacity, channels, 100, undefined, 0);
      const windows: { values: Float64Array; before: number[] }[] = [];
      let top = 100;
      steps.forEach(({ do: what, by }, i) => {
        const row = top + by;
        if (what === 'clear') for (const one of [shown, copied]) one.clearThrough(row);
        else top = Math.max(top, row);
        if (what === 'add')
          for (const one of [shown, copied]) add(one, row, i, i % 3 === 0 ? { 0: i } : { 0: i, 1: -i });
        if (what !== 'window') return;
        const first = row - length + 1;
        const { values, observed } = shown.window(first, length);
        assert.deepEqual({ values: [...values], observed }, rows(copied, first, length, width));
        windows.push({ values, before: [...values] });
      });
      for (const { values, before } of windows) assert.deepEqual([...values], before);
    };
    fc.assert(
      fc.property(
        fc.constantFrom<Aggregate>('last', 'max', 'mean'),
        fc.integer({ min: 0, max: 9 }),
        fc.array(step, { minLength: 1, maxLength: 60 }),
        run,
      ),
      { numRuns: 1000 },
    );
  });

  it('copies no row for a window after the other, but once a page', () => {
    const recent = new RecentRows(4, [channel('a')], 0, undefined, 8);
    const pages = new Set<ArrayBufferLike>();
    for (let row = 0; row < 40; row++) {
      add(recent, row, row, { 0: row });
      const { values, observed } = recent.window(row - 2, 3);
      assert.equal(observed, Math.min(row + 1, 3));
      pages.add(values.buffer);
    }
    assert.equal(pages.size, 5);
  });

  it('a window does not keep a page that is many times as long, as that of a long lateness is', () => {
    const length = 10;
    for (const capacity of [12, 40, 4000]) {
      const recent = new RecentRows(capacity, [channel('a')], 0, undefined, 8);
      for (let row = 0; row < length; row++) add(recent, row, row, { 0: row });
      const { values, observed } = recent.window(0, length);
      assert.deepEqual([[...values], observed], [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], length]);
      assert.ok(values.buffer.byteLength <= 4 * values.byteLength, `${values.buffer.byteLength} bytes`);
    }
  });
});
