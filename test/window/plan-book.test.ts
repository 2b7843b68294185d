import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PlanBook, plannedCells } from '../../src/window/plan-book.ts';
import { reading } from './feed.ts';

const plan = (timeMs: number, values: Record<number, number>, offset = 0) =>
  reading({ series: 's', timeMs, values }, offset);

describe('PlanBook', () => {
  it('keeps of a cell the newest time, and of the same time what was published last', () => {
    const book = new PlanBook('s');
    book.add(3, plan(35, { 1: 1 }), 0);
    book.add(3, plan(31, { 1: 2, 2: 5 }), 1);
    book.add(3, plan(35, { 1: 3 }), 2);
    assert.deepEqual([...book.copy(3, 1, [1, 2])], [3, 5]);
    assert.equal(book.size, 1);
  });

  it('copies the rows asked for, NaN where nothing is planned', () => {
    const book = new PlanBook('s');
    book.add(4, plan(40, { 7: 1 }), 0);
    book.add(6, plan(60, { 2: 9 }), 0);
    assert.deepEqual([...book.copy(4, 3, [2, 7])], [Number.NaN, 1, Number.NaN, Number.NaN, 9, Number.NaN]);
    assert.equal(book.copy(0, 0, [2]).length, 0);
  });

  it('needs the oldest offset of what still counts, whatever was revised or taken since', () => {
    const book = new PlanBook('s');
    assert.equal(book.oldestOffset(), Number.POSITIVE_INFINITY);
    book.add(3, plan(30, { 1: 1 }), 4);
    book.add(5, plan(50, { 1: 1 }), 6);
    assert.equal(book.oldestOffset(), 4);
    book.add(3, plan(30, { 1: 2 }), 9); // published again: the first one may go
    assert.equal(book.oldestOffset(), 6);
    assert.deepEqual([...(book.take(5) ?? [])], [[1, { timeMs: 50, value: 1, needs: 6 }]]);
    assert.equal(book.oldestOffset(), 9);
    assert.equal(book.take(5), null);
  });

  it('tells its nearest row, and drops rows that are over', () => {
    const book = new PlanBook('s');
    assert.equal(book.firstRow(), Number.POSITIVE_INFINITY);
    for (const row of [8, 3, 5]) book.add(row, plan(row * 10, { 1: row }), row);
    assert.deepEqual([book.firstRow(), book.has(5), book.has(4)], [3, true, false]);
    book.dropThrough(5);
    assert.deepEqual([book.firstRow(), book.size, book.oldestOffset()], [8, 1, 8]);
  });

  it('equals a list that is searched', () => {
    const publishedArb = fc.array(
      fc.record({
        row: fc.integer({ min: 0, max: 5 }),
        inside: fc.integer({ min: 0, max: 9 }),
        channel: fc.integer({ min: 0, max: 2 }),
      }),
    );
    fc.assert(
      fc.property(publishedArb, (published) => {
        const book = new PlanBook('s');
        published.forEach(({ row, inside, channel }, i) => {
          book.add(row, plan(row * 10 + inside, { [channel]: i }), i);
        });
        const want = Array.from({ length: 6 * 3 }, (_, cell) => {
          const own = published.flatMap((one, i) => (one.row * 3 + one.channel === cell ? [{ ...one, i }] : []));
          return own.sort((a, b) => a.inside - b.inside || a.i - b.i).at(-1)?.i ?? Number.NaN;
        });
        assert.deepEqual([...book.copy(0, 6, [0, 1, 2])], want);
        assert.equal(book.oldestOffset(), Math.min(...want.filter((i) => !Number.isNaN(i))));
      }),
    );
  });
});

describe('plannedCells', () => {
  it('tells the cells of a reading by channel', () => {
    const cells = plannedCells(plan(12, { 0: 3, 4: 5 }, 8), 2);
    assert.deepEqual([...cells.keys()], [0, 4]);
    assert.deepEqual(cells.get(4), { timeMs: 12, value: 5, needs: 2 });
  });
});
