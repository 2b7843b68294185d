import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WindowAssembler } from '../../src/window/assembler.ts';
import { gridHistory } from '../../src/window/history.ts';
import { at, type Cell, channel, feed, options, reading, windowsOf } from './feed.ts';

const counters = [channel('count', 'rate')];
const { NaN: none } = Number;
/** Grows by ten each row of 10 ms: a thousand a second. */
const steady = (from: number, to: number, zeroAt = 0): Cell[] =>
  Array.from({ length: to - from }, (_, i) => at((from + i) * 10, 10 * (from + i - zeroAt)));
const valuesOf = (cells: readonly Cell[], changes = {}) =>
  windowsOf(feed(new WindowAssembler(options({ channels: counters, ...changes })), cells)).map(({ values }) => [
    ...values,
  ]);

describe('rates of counters in windows', () => {
  it('have none for the first reading, then the growth each second', () => {
    assert.deepEqual(valuesOf(steady(0, 7)), [
      [none, 1000, 1000, 1000],
      [1000, 1000, 1000, 1000],
    ]);
  });

  it('see a restart, and spread a gap over its rows at its end', () => {
    const cells = [...steady(0, 3), ...steady(3, 6, 3), ...steady(8, 11, 3)];
    assert.deepEqual(valuesOf(cells, { silentAfterMs: 100 }), [
      [none, 1000, 1000, 0],
      [1000, 0, 1000, 1000],
      [1000, 1000, none, none],
      [none, none, 1000, 1000],
    ]);
  });

  it('a late reading changes its rate and the next one, and both are told of', () => {
    const assembler = new WindowAssembler(options({ channels: counters }));
    const windows = windowsOf(feed(assembler, [...steady(0, 2), ...steady(3, 6), at(20, 25), ...steady(6, 9)]));
    assert.deepEqual(
      windows.map(({ values, patchedRows }) => [[...values], patchedRows]),
      [
        [[none, 1000, none, 1000], undefined],
        [
          [1500, 500, 1000, 1000],
          [0, 1],
        ],
        [[1000, 1000, 1000, 1000], undefined],
      ],
    );
  });

  it('a reading too late for any window changes nothing', () => {
    const late = [...steady(0, 12), at(1, 1e9), ...steady(12, 15)];
    assert.deepEqual(valuesOf(late), valuesOf(steady(0, 15)));
  });

  it('go on after a restart with the counter before the window, though its message does not come again', () => {
    const cells = steady(0, 12);
    const assembler = new WindowAssembler(options({ channels: counters }));
    const [, second, third] = windowsOf(feed(assembler, cells));
    const state = assembler.takeState('s', second.endMs);
    const again = new WindowAssembler(options({ channels: counters }));
    again.restore('s', JSON.parse(JSON.stringify(state)));
    const replayed = cells.flatMap((cell, i) => (i < third.hold.offset ? [] : [...again.push(reading(cell, i))]));
    assert.deepEqual([...windowsOf(replayed)[0].values], [...third.values]);
    assert.ok(third.values.every((value) => value === 1000));

    const old = new WindowAssembler(options({ channels: counters }));
    const { counters: _, ...before } = state ?? assert.fail('no state');
    old.restore('s', before);
    const cold = cells.flatMap((cell, i) => (i < third.hold.offset ? [] : [...old.push(reading(cell, i))]));
    assert.deepEqual([...windowsOf(cold)[0].values], [none, 1000, 1000, 1000], 'a snapshot of before can be read');
  });

  it('are the same in recorded data, a silence included', () => {
    const cells = [...steady(0, 5), ...steady(20, 26), ...steady(26, 30, 26)];
    const readings = cells.map((cell, i) => reading(cell, i));
    const [history] = gridHistory([...readings].reverse(), counters, 10, 40);
    const grid = [...history.values];
    assert.deepEqual(grid.slice(0, 6), [none, 1000, 1000, 1000, 1000, none]);
    assert.deepEqual(grid.slice(18), [none, none, none, 1000, 1000, 1000, 1000, 1000, 0, 1000, 1000, 1000]);
    const assembler = new WindowAssembler(options({ channels: counters }));
    for (const { endMs, values } of windowsOf(feed(assembler, cells, true)).filter(({ endMs }) => endMs !== 50))
      assert.deepEqual(
        [...values],
        Array.from({ length: 4 }, (_, i) => grid[endMs / 10 - 3 + i]),
      );
  });
});
