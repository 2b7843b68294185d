import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Aggregate, Channel } from '../../src/core/channel.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import type { Reading } from '../../src/core/reading.ts';
import { gridHistory } from '../../src/window/history.ts';

const channelOf = (aggregate: Aggregate): Channel => ({
  name: aggregate,
  unit: '',
  kind: 'gauge',
  aggregate,
  min: -1e9,
  max: 1e9,
});
const aggregates: readonly Aggregate[] = ['last', 'mean', 'min', 'max', 'sum'];
const channels = aggregates.map(channelOf);
const stepMs = 1000;

const reading = (series: string, timeMs: number, cells: readonly (number | null)[], offset = 0): Reading => ({
  series,
  timeMs,
  channels: [...cells.keys()].filter((c) => cells[c] !== null),
  values: cells.filter((value) => value !== null),
  position: { topic: 't', partition: 0, generation: 1, offset },
});

/** The values of one cell in the order of the file -> what the cell should hold. */
function naiveCell(aggregate: Aggregate, seen: readonly { timeMs: number; value: number }[]): number {
  if (seen.length === 0) return Number.NaN;
  const values = seen.map(({ value }) => value);
  const sum = values.reduce((a, b) => a + b, 0);
  switch (aggregate) {
    case 'last':
      return seen.reduce((newest, one) => (one.timeMs >= newest.timeMs ? one : newest)).value;
    case 'mean':
      return sum / values.length;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'sum':
      return sum;
    case 'rate':
      throw new Error('a rate needs the cells before: see the next test');
  }
}

describe('gridHistory', () => {
  test('equals a naive grid, whatever the order of the readings', () => {
    const cell = fc.option(fc.integer({ min: -50, max: 50 }), { nil: null });
    const any = fc.record({
      series: fc.constantFrom('north', 'south'),
      timeMs: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_040_000 }),
      cells: fc.tuple(cell, cell, cell, cell, cell),
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 60 }), (made) => {
        const readings = made.map(({ series, timeMs, cells }, offset) => reading(series, timeMs, cells, offset));
        for (const { series, startMs, rows, values } of gridHistory(readings, channels, stepMs)) {
          const own = made.filter((one) => one.series === series);
          const times = own.map(({ timeMs }) => Math.floor(timeMs / stepMs));
          assert.equal(startMs, Math.min(...times) * stepMs);
          assert.equal(rows, Math.max(...times) - Math.min(...times) + 1);
          const naive = Float64Array.from({ length: rows * channels.length }, (_, i) => {
            const [row, c] = [Math.floor(i / channels.length), i % channels.length];
            const seen = own.flatMap(({ timeMs, cells }) => {
              const value = cells[c] ?? null;
              return Math.floor(timeMs / stepMs) === startMs / stepMs + row && value !== null
                ? [{ timeMs, value }]
                : [];
            });
            return naiveCell(aggregates[c] as Aggregate, seen);
          });
          assert.deepEqual([...values], [...naive]);
        }
      }),
    );
  });

  test('keeps series apart, by name: in which order they were heard is another one every time', () => {
    const readings = [reading('b', 5000, [1]), reading('a', 1000, [2]), reading('b', 7000, [3])];
    const grids = gridHistory(readings, [channelOf('last')], stepMs);
    assert.deepEqual(
      grids.map(({ series, startMs, rows, values }) => ({ series, startMs, rows, values: [...values] })),
      [
        { series: 'a', startMs: 1000, rows: 1, values: [2] },
        { series: 'b', startMs: 5000, rows: 3, values: [1, Number.NaN, 3] },
      ],
    );
  });

  test('without readings there is no series', () => assert.deepEqual(gridHistory([], channels, stepMs), []));

  test('a device that is alive without a value has rows, all missing', () => {
    const [grid] = gridHistory([reading('a', 0, []), reading('a', 2000, [])], [channelOf('last')], stepMs);
    assert.deepEqual([grid?.rows, [...(grid?.values ?? [])]], [3, [Number.NaN, Number.NaN, Number.NaN]]);
  });

  test('refuses the grid that one time stamp far off would make, and says from when to when', () => {
    const readings = [reading('a', 0, [1]), reading('a', 1000, [1]), reading('a', 4_000_000_000_000, [1])];
    assert.throws(
      () => gridHistory(readings, [channelOf('last')], stepMs),
      (error) =>
        error instanceof DriftcastError &&
        error.code === 'LIMIT_EXCEEDED' &&
        /"a": 3 readings from 1970-01-01T00:00:00.000Z to 2096-/.test(error.message) &&
        /far off/.test(error.hint ?? ''),
    );
  });

  test('a series is as long as it was heard: plans fill its rows, and what was read at the same time counts', () => {
    const own = [channelOf('last'), { ...channelOf('last'), name: 'plan', kind: 'command' as const, knownAhead: true }];
    const readings = [
      reading('s', 2000, [1, 5]),
      reading('s', 4000, [2, null]),
      ...[0, 2000, 3000, 4500, 9000].map((timeMs) => reading('s', timeMs, [null, timeMs])),
      reading('never heard', 3000, [null, 1]),
    ];
    const [only, ...others] = gridHistory(readings, own, stepMs);
    assert.deepEqual([only?.startMs, only?.rows, others.length], [2000, 3, 0]);
    assert.deepEqual([...(only?.values ?? [])], [1, 5, Number.NaN, 3000, 2, 4500]);
  });
});
