import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CsvLayout, planColumns } from '../../src/source/csv-columns.ts';

const plan = (header: string, layout: Partial<CsvLayout> = {}) =>
  planColumns(header.split(','), {
    path: 'x.csv',
    timeColumn: 'time',
    seriesColumn: undefined,
    dropColumns: [],
    ...layout,
  });

test('time, series and channels by name, in any order', () => {
  assert.deepEqual(plan('b,time,a'), {
    count: 3,
    time: 1,
    series: null,
    channels: [
      { name: 'b', index: 0 },
      { name: 'a', index: 2 },
    ],
  });
  assert.equal(plan('a,date', { timeColumn: 'date' }).time, 1);
  assert.equal(plan('time,dev,a', { seriesColumn: 'dev' }).series, 1);
});

test('a column named series is the series unless another one is asked for', () => {
  assert.equal(plan('time,series,a').series, 1);
  assert.equal(plan('time,series,dev,a', { seriesColumn: 'dev', dropColumns: ['series'] }).series, 2);
});

test('names are trimmed, dropped and unnamed columns are no channels', () => {
  const { channels, count } = plan(' time ,, a ,label', { dropColumns: ['label'] });
  assert.deepEqual(channels, [{ name: 'a', index: 2 }]);
  assert.equal(count, 4);
});

test('what is wrong with a header is said with its names and a way out', () => {
  const refused = (header: string, message: RegExp, hint: RegExp, layout: Partial<CsvLayout> = {}) =>
    assert.throws(
      () => plan(header, layout),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
        assert.equal(error.code, 'DATA_UNREADABLE');
        assert.match(error.message, /^reading x\.csv: /);
        assert.match(error.message, message);
        assert.match(String(error.hint), hint);
        return true;
      },
    );
  refused('date,a', /no column "time" among "date", "a"/, /time_column/);
  refused('1.5,2,-3', /among "1\.5", "2", "-3"/, /first line holds numbers/);
  refused('time;a;b', /no column "time"/, /delimiter/);
  refused('time,a', /no column "dev"/, /series_column/, { seriesColumn: 'dev' });
  refused('time,a', /no column "lable"/, /spelling/, { dropColumns: ['lable'] });
  refused('time,a,a', /two columns are named "a"/, /name of its own/);
  refused('date,time,a', /column "time" stands beside/, /drop_columns/, { timeColumn: 'date' });
  refused('time,series,dev,a', /column "series" stands beside/, /series_column/, { seriesColumn: 'dev' });
  refused('time', /no channels/, /delimiter/);
  refused(Array.from({ length: 40 }, (_, k) => `c${k}`).join(','), /"c11" and 28 more/, /time_column/);
});
