import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findTime } from '../../../src/cli/init/find-time.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import { rowsOf, START_MS, table } from './made-up.ts';

const columnOf = (names: readonly string[], rows: Parameters<typeof table>[1]) =>
  findTime(table(names, rows), 'x.csv').column;
const fails = (names: readonly string[], rows: Parameters<typeof table>[1], pattern: RegExp, hint: RegExp) =>
  assert.throws(
    () => findTime(table(names, rows), 'x.csv'),
    (error) =>
      error instanceof DriftcastError &&
      error.code === 'DATA_UNREADABLE' &&
      pattern.test(error.message) &&
      hint.test(error.hint ?? ''),
  );

describe('findTime', () => {
  it('finds it by name, in many spellings, also at the end of a path', () => {
    for (const name of [
      'time',
      'Time',
      '_time',
      '@timestamp',
      'time_stamp',
      'ts',
      'date',
      'DateTime',
      'event_time',
      'created_at',
      'meta.ts',
      'epoch_ms',
    ]) {
      assert.equal(
        columnOf(
          ['a', name],
          rowsOf(5, 60_000, (row, iso) => [row, iso]),
        ),
        1,
        name,
      );
    }
  });

  it('reads ISO times with and without T and zone, and epochs', () => {
    const shapes: readonly ((ms: number) => string)[] = [
      (ms) => new Date(ms).toISOString(),
      (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' '),
      (ms) => String(ms),
      (ms) => String(ms / 1000),
    ];
    for (const shape of shapes) {
      const { timesMs } = findTime(table(['time'], [[shape(START_MS)], [shape(START_MS + 60_000)]]), 'x');
      assert.deepEqual([...timesMs], [START_MS, START_MS + 60_000]);
    }
  });

  it('prefers the likelier name, but only one that reads as times', () => {
    assert.equal(
      columnOf(
        ['date', 'time'],
        rowsOf(5, 1000, (_, iso) => [iso.slice(0, 10), iso]),
      ),
      1,
    );
    assert.equal(
      columnOf(
        ['date', 'time'],
        rowsOf(5, 1000, (row, iso) => [iso, `shift ${row}`]),
      ),
      0,
    );
  });

  it('finds a time under any name, but no numbers that fall', () => {
    assert.equal(
      columnOf(
        ['value', 'when'],
        rowsOf(5, 1000, (row, iso) => [row, iso]),
      ),
      1,
    );
    assert.equal(
      columnOf(
        ['value', 'when'],
        rowsOf(5, 1000, (row) => [row, START_MS + row]),
      ),
      1,
    );
    fails(
      ['value', 'other'],
      rowsOf(5, 1000, (row) => [row, START_MS - row]),
      /no column among "value", "other" reads as times/,
      /ISO 8601/,
    );
  });

  it('marks times that cannot be read', () => {
    const rows = rowsOf(100, 1000, (row, iso) => [row === 7 ? 'broken' : iso]);
    assert.deepEqual(
      [...findTime(table(['time'], rows), 'x').timesMs.entries()]
        .filter(([, ms]) => Number.isNaN(ms))
        .map(([row]) => row),
      [7],
    );
  });

  it('says why there is none', () => {
    fails(['date', 'v'], [['1990/1/1 0:00', 1]], /column "date" holds "1990\/1\/1 0:00", which is no time/, /ISO 8601/);
    fails(
      ['No', 'year', 'month', 'day', 'hour', 'v'],
      [[1, 2013, 3, 1, 0, 5]],
      /columns of its own: year, month, day/,
      /awk .*\$2,\$3,\$4,\$5,0,\$0/,
    );
    fails(['time'], [], /there are no rows/, /data/);
  });
});
