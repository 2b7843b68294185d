import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { halfWidth90 } from '../../src/forecast/clipped-logistic.ts';
import type { ForecastOfLaws } from '../../src/forecast/propose.ts';
import { type ForecastSnapshot, type ResolvedCell, SeriesForecast } from '../../src/forecast/series-forecast.ts';
import { forecastOf, levels, record as options, shape as shapeOf, stepMs } from './fixtures.ts';

const shape = shapeOf({ channels: 2, horizon: 3 });
const scale = Float64Array.of(1, 10);
const rowsFrom = (row: number, ...rows: [number, number][]) => ({
  startMs: row * stepMs,
  values: Float64Array.from(rows.flat()),
  scale,
});

/** One that has seen row 0 and forecast rows 1 to 3: channel 0 at 5, channel 1 at 50. */
function begun() {
  const series = new SeriesForecast(shape, options);
  series.observe(rowsFrom(0, [5, 50]));
  const forecast = forecastOf(shape, (h, c) => [c === 0 ? 5 : 50, 1 + h]) as ForecastOfLaws;
  series.admit(series.propose(forecast, levels).pending);
  return { series, forecast };
}

function resolvedBy(series: SeriesForecast, rows: ReturnType<typeof rowsFrom>) {
  const cells: ResolvedCell[] = [];
  series.observe(rows, (cell) => cells.push({ ...cell, losses: cell.losses.slice() }));
  return cells;
}

describe('SeriesForecast', () => {
  it('compares each row with what was forecast of it, cell by cell; missing cells do not count', () => {
    const { series } = begun();
    const cells = resolvedBy(series, rowsFrom(1, [6, Number.NaN], [4, 70]));
    assert.deepEqual(
      cells.map(({ channel, y, scale }) => [channel, y, scale]),
      [
        [0, 1, 1],
        [0, -1, 1],
        [1, 20, 10],
      ],
    );
    assert.ok(Math.abs(cells[0].high - halfWidth90) < 1e-6 && Math.abs(cells[0].low + halfWidth90) < 1e-6);
    assert.ok(Math.abs(cells[2].high - 2 * halfWidth90) < 1e-6, 'the second row ahead is wider');
    // only the network was served: its loss is that of what was served
    for (const { losses } of cells) assert.ok(Math.abs(losses[0] - losses[3]) < 1e-6, String(losses));
  });

  it('resolves nothing that was planned, and goes on with the rest from its snapshot', () => {
    const series = new SeriesForecast(shape, options);
    series.observe(rowsFrom(0, [5, 50]));
    const plan = (c: number) => c === 1;
    const forecast = forecastOf(shape, (_, c) => (plan(c) ? [Number.NaN, Number.NaN] : [5, 1])) as ForecastOfLaws;
    series.admit(series.propose(forecast, levels).pending);
    const again = SeriesForecast.import(JSON.parse(JSON.stringify(series.export())), shape, options, 'it');
    for (const one of [series, again]) {
      const cells = resolvedBy(one, rowsFrom(1, [6, 80], [4, 70]));
      assert.deepEqual(
        cells.map(({ channel, y }) => [channel, y]),
        [
          [0, 1],
          [0, -1],
        ],
      );
      const next = one.propose(forecastOf(shape, () => [5, 1]) as ForecastOfLaws, levels);
      assert.ok(next.served.quantiles.every(Number.isFinite));
    }
  });

  it('resolves nothing after the horizon, and nothing twice', () => {
    const { series } = begun();
    assert.equal(resolvedBy(series, rowsFrom(4, [5, 50])).length, 0, 'rows 1 to 3 never came');
    const { series: other } = begun();
    assert.equal(resolvedBy(other, rowsFrom(1, [5, 50], [5, 50], [5, 50])).length, 6);
    assert.equal(other.export().pending.length, 0);
  });

  it('several forecasts wait for the same row', () => {
    const { series, forecast } = begun();
    series.observe(rowsFrom(1, [5, 50]));
    series.admit(series.propose(forecast, levels).pending);
    assert.equal(resolvedBy(series, rowsFrom(2, [5, 50])).length, 4);
    assert.deepEqual(
      series.export().pending.map(({ endMs, firstRow }) => [endMs / stepMs, firstRow]),
      [
        [0, 2],
        [1, 1],
      ],
    );
  });

  it('goes on from its snapshot as if it had never stopped', () => {
    const { series, forecast } = begun();
    series.observe(rowsFrom(1, [7, 20]));
    const text = JSON.stringify(series.export());
    const other = SeriesForecast.import(JSON.parse(text) as ForecastSnapshot, shape, options, 'x');
    assert.equal(other.lastMs, series.lastMs);
    for (let row = 2; row < 30; row++) {
      const rows = rowsFrom(row, [5 + (row % 3), 50 - row]);
      assert.deepEqual(resolvedBy(other, rows), resolvedBy(series, rows));
      const [a, b] = [other, series].map((one) => one.propose(forecast, levels));
      assert.deepEqual(a, b);
      other.admit(a.pending);
      series.admit(b.pending);
      assert.deepEqual(other.export(), series.export());
    }
  });

  it('refuses a snapshot that is damaged, and says of what', () => {
    const { series } = begun();
    const whole = JSON.parse(JSON.stringify(series.export())) as ForecastSnapshot;
    const [pending] = whole.pending;
    const nan = Buffer.from(whole.record, 'base64').fill(255).toString('base64');
    const damages: object[] = [
      { endMs: null },
      { smoothing: '' },
      { record: whole.record.slice(8) },
      { record: nan },
      { pending: null },
      { pending: Array.from({ length: 9 }, () => pending) },
      { pending: [{ ...pending, cells: '' }] },
      { pending: [{ ...pending, reference: 'x' }] },
      { pending: [{ ...pending, firstRow: 3 }] },
      { pending: [{ ...pending, firstRow: 0.5 }] },
      { pending: [{ ...pending, endMs: '0' }] },
    ];
    for (const damage of damages) {
      const snapshot = { ...whole, ...damage } as ForecastSnapshot;
      assert.throws(
        () => SeriesForecast.import(snapshot, shape, options, 'the forecasts of "a"'),
        { code: 'STATE_INVALID', message: /the forecasts of "a"/ },
        JSON.stringify(damage),
      );
    }
    assert.equal(SeriesForecast.import(whole, shape, options, 'x').lastMs, 0);
  });

  it('a snapshot is small: 11 numbers a cell of the record and 8 a pending cell, four bytes each', () => {
    const { series } = begun();
    const { record, pending } = series.export();
    assert.equal(Buffer.from(record, 'base64').length, 11 * 6 * 4);
    assert.equal(Buffer.from(pending[0].cells, 'base64').length, 8 * 6 * 4);
  });

  it('survives a long silence: what was forecast lapses, the level stays', () => {
    const { series, forecast } = begun();
    series.observe(rowsFrom(100_000, [5, 50]));
    const { served } = series.propose(forecast, levels);
    assert.ok(served.quantiles.every(Number.isFinite));
    assert.equal(series.export().pending.length, 0);
  });
});
