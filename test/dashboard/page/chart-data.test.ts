import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ChartDataModule, loadPage, type Row } from './load-page.ts';

const { channelColumns, columns, denseTimes, fanLevels, imputedIndices, runs } =
  await loadPage<ChartDataModule>('chart-data.js');

const stepMs = 10;

function row(observed: number | null, median: number | null = null, change: Partial<Row> = {}): Row {
  const around = (by: number) => (median === null ? null : median + by);
  const expected = observed === null ? null : observed + 0.5;
  const cells = {
    observed: [observed],
    median: [median],
    low: [around(-1)],
    high: [around(1)],
    expected: [expected],
    halfWidth90: [expected === null ? null : 2],
  };
  const references = { ridge_var: null, z_score: null };
  return { score: 1, pValue: 0.5, alarm: false, learning: false, references, cells, ...change };
}

const rowsOf = (...all: readonly (Row | null)[]) =>
  new Map(all.flatMap((each, i): [number, Row][] => (each === null ? [] : [[i * stepMs, each]])));

const forecast = {
  startMs: 40,
  stepMs,
  levels: [0.05, 0.25, 0.5, 0.75, 0.95],
  quantiles: [
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
      [9, 10],
    ],
  ],
};

test('time has no holes, and goes on through the forecast', () => {
  const rows = rowsOf(row(1), null, null, row(2));
  assert.deepEqual(denseTimes(rows, null, stepMs), [0, 10, 20, 30]);
  assert.deepEqual(denseTimes(rows, forecast, stepMs), [0, 10, 20, 30, 40, 50]);
  assert.deepEqual(denseTimes(new Map(), forecast, stepMs), []);
});

test('every column is as long as time', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.double({ noNaN: true })), { minLength: 1, maxLength: 40 }), (values) => {
      const rows = rowsOf(...values.map((value) => row(value, value === null ? 0 : null)));
      const times = denseTimes(rows, forecast, stepMs);
      for (const column of channelColumns(times, rows, forecast, 0)) assert.equal(column.length, times.length);
    }),
  );
});

test('an imputed stretch meets its observed neighbours, and only its own cells are marked', () => {
  const rows = rowsOf(row(1), row(2), row(null, 3), row(null, 4), row(5), row(6));
  const times = denseTimes(rows, null, stepMs);
  const data = channelColumns(times, rows, null, 0);
  assert.deepEqual(data[columns.imputed], [null, 2, 3, 4, 5, null]);
  assert.deepEqual(data[columns.imputedLow], [null, 2, 2, 3, 5, null]);
  assert.deepEqual(data[columns.imputedHigh], [null, 2, 4, 5, 5, null]);
  assert.deepEqual(data[columns.observed], [1, 2, null, null, 5, 6]);
  assert.deepEqual(imputedIndices(times, rows, 0), [2, 3]);
});

test('a row that never came is a gap in every line', () => {
  const rows = rowsOf(row(1), null, row(2));
  const data = channelColumns(denseTimes(rows, null, stepMs), rows, null, 0);
  assert.deepEqual(data[columns.observed], [1, null, 2]);
  assert.deepEqual(data[columns.imputed], [null, null, null]);
});

test('the expected band is the half width around it', () => {
  const rows = rowsOf(row(1), row(null));
  const data = channelColumns([0, 10], rows, null, 0);
  assert.deepEqual(data[columns.expectedLow], [-0.5, null]);
  assert.deepEqual(data[columns.expectedHigh], [3.5, null]);
});

test('the forecast stands at its own times', () => {
  const rows = rowsOf(row(1), row(1), row(1), row(1));
  const data = channelColumns(denseTimes(rows, forecast, stepMs), rows, forecast, 0);
  assert.deepEqual(data[columns.fanLow], [null, null, null, null, 1, 2]);
  assert.deepEqual(data[columns.fanInnerLow], [null, null, null, null, 3, 4]);
  assert.deepEqual(data[columns.fanMedian], [null, null, null, null, 5, 6]);
  assert.deepEqual(data[columns.fanHigh], [null, null, null, null, 9, 10]);
});

test('any list of levels gives bands that make sense', () => {
  assert.deepEqual(fanLevels([0.05, 0.25, 0.5, 0.75, 0.95]), { low: 0, high: 4, innerLow: 1, innerHigh: 3, median: 2 });
  assert.deepEqual(fanLevels([0.05, 0.5, 0.95]), { low: 0, high: 2, innerLow: null, innerHigh: null, median: 1 });
  assert.deepEqual(fanLevels([0.5]), { low: null, high: null, innerLow: null, innerHigh: null, median: 0 });
  assert.deepEqual(fanLevels([]), { low: null, high: null, innerLow: null, innerHigh: null, median: null });
  const deciles = fanLevels([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
  assert.deepEqual(deciles, { low: 0, high: 8, innerLow: 2, innerHigh: 6, median: 4 });
});

test('runs join neighbours and are half a step wider on both sides', () => {
  const alarm = row(1, null, { alarm: true });
  const rows = rowsOf(row(1), alarm, alarm, row(1), alarm);
  const times = denseTimes(rows, null, stepMs);
  assert.deepEqual(
    runs(times, rows, stepMs, (each) => each.alarm),
    [
      { from: 5, to: 25 },
      { from: 35, to: 45 },
    ],
  );
  assert.deepEqual(
    runs(times, rows, stepMs, () => false),
    [],
  );
});
