import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PlanBook } from '../../src/window/plan-book.ts';
import { WaitingPlans } from '../../src/window/waiting-plans.ts';
import { reading } from './feed.ts';

const bookOf = (series: string, rows: readonly number[]): PlanBook => {
  const book = new PlanBook(series);
  for (const row of rows) book.add(row, reading({ series, timeMs: row * 10, values: { 0: row } }, 0), 0);
  return book;
};

const shelf = (...books: PlanBook[]) => new Map(books.map((book) => [book.series, book]));

describe('WaitingPlans', () => {
  it('gives up the plan that was published least recently, in whatever partition it is', () => {
    const waiting = new WaitingPlans(2);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => bookOf(name, [1])) as [PlanBook, PlanBook, PlanBook];
    const [one, other] = [shelf(a, c), shelf(b)];
    waiting.wait(one, a);
    waiting.wait(other, b);
    waiting.wait(one, a);
    waiting.wait(one, c);
    assert.equal(waiting.size, 2);
    assert.deepEqual([[...one.keys()], [...other.keys()]], [['a', 'c'], []]);
  });

  it('does not count what is live', () => {
    const waiting = new WaitingPlans(1);
    const [a, b] = [bookOf('a', [1]), bookOf('b', [1])];
    const plans = shelf(a, b);
    waiting.wait(plans, a);
    waiting.leave(a);
    waiting.wait(plans, b);
    assert.deepEqual([...plans.keys()], ['a', 'b']);
    assert.equal(waiting.size, 1);
  });

  it('forgets rows that are over, and a plan that has none left; not those of a live series', () => {
    const waiting = new WaitingPlans(9);
    const [a, b, live] = [bookOf('a', [1, 5]), bookOf('b', [2]), bookOf('live', [1])];
    const plans = shelf(a, b, live);
    waiting.wait(plans, a);
    waiting.wait(plans, b);
    waiting.dropThrough(plans, 3);
    assert.deepEqual([...plans.keys()], ['a', 'live']);
    assert.deepEqual([a.firstRow(), live.firstRow(), waiting.size], [5, 1, 1]);
  });

  it('does not keep an empty plan', () => {
    const waiting = new WaitingPlans(9);
    const empty = new PlanBook('a');
    const plans = shelf(empty);
    waiting.wait(plans, empty);
    assert.deepEqual([plans.size, waiting.size], [0, 0]);
  });
});
