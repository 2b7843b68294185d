import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSeries, isSeriesName } from '../../../src/cli/init/find-series.ts';
import { rowsOf, START_MS, table } from './made-up.ts';

/** Two devices, one row a minute each, in turn. */
const found = (
  names: readonly string[],
  cells: (row: number, device: number) => readonly (string | number)[],
  count = 200,
) => {
  const rows = rowsOf(count, 0, (row) => ['t', ...cells(row, row % 2)]);
  return findSeries(
    table(['time', ...names], rows),
    Float64Array.from(rows, (_, row) => START_MS + Math.floor(row / 2) * 60_000),
    0,
  );
};

describe('findSeries', () => {
  it('takes a column named like a device', () => {
    assert.equal(
      found(['v', 'device_id'], (row, device) => [row, `pump-${device}`]),
      2,
    );
    assert.equal(
      found(['unit', 'v'], (row, device) => [device, row]),
      1,
    );
  });

  it('takes the text column that tells rows of the same time apart', () => {
    assert.equal(
      found(['state', 'who'], (row, device) => [row % 3 === 0 ? 'on' : 'off', `x${device}`]),
      2,
    );
  });

  it('takes a device that is the same all along, but no numbers, where times are unique', () => {
    const rows = rowsOf(50, 60_000, (row, iso) => [iso, 'Dingling', row % 4, 'N']);
    const times = Float64Array.from(rows, (_, row) => START_MS + row * 60_000);
    assert.equal(findSeries(table(['time', 'station', 'unit', 'wind'], rows), times, 0), 1);
    assert.equal(findSeries(table(['time', 'x', 'unit', 'wind'], rows), times, 0), null);
  });

  it('takes the column named series, as the replay does', () => {
    assert.equal(
      found(['series', 'device'], (row) => [row, 'd']),
      1,
    );
    assert.equal(
      found(['series', 'v'], (row) => ['', row]),
      null,
    );
  });

  it('takes no column whose every row has another text', () => {
    assert.equal(
      found(['device', 'v'], (row) => [`id-${row}`, row]),
      null,
    );
  });
});

describe('isSeriesName', () => {
  it('looks at the last part of a path', () => {
    assert.equal(isSeriesName('meta.device'), true);
    assert.equal(isSeriesName('device.temperature'), false);
  });
});
