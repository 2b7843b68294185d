import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InfluxLayout, influxRows } from '../../../src/cli/history/influx-rows.ts';

const layout = (changes: Partial<InfluxLayout> = {}): InfluxLayout => ({
  channels: new Set(['flow', 'cpu_user']),
  seriesTags: null,
  series: 'default',
  channelTag: null,
  ...changes,
});
const rows = (series: Parameters<typeof influxRows>[0], changes: Partial<InfluxLayout> = {}) => [
  ...influxRows(series, layout(changes)),
];

test('what driftcast writes: the channel is a tag', () => {
  const own = {
    name: 'driftcast_value',
    tags: { channel: 'flow', series: 'p1' },
    columns: ['time', 'observed'],
    values: [[5, 1.5]],
  };
  assert.deepEqual(rows(own), [{ time: 5, series: 'p1', values: { flow: 1.5 } }]);
  assert.deepEqual(
    rows({ ...own, columns: ['time', 'imputed', 'x'], values: [[5, 1, 2]] })[0]?.values,
    {},
    'which field?',
  );
});

test('fields are channels, alone or with the measurement before them; booleans stay, missing cells are absent', () => {
  const telegraf = {
    name: 'cpu',
    tags: { host: 'h', cpu: 'total' },
    columns: ['time', 'user', 'flow', 'idle', 'on'],
    values: [[1, 7, null, 9, true]],
  };
  assert.deepEqual(rows(telegraf), [{ time: 1, series: 'h', values: { cpu_user: 7, idle: 9, on: true } }]);
});

test('series from the tags asked for, joined; from text columns where the query does not group', () => {
  const tagged = { name: 'm', tags: { site: 's', unit: 'u' }, columns: ['time', 'flow'], values: [[1, 2]] };
  assert.equal(rows(tagged, { seriesTags: ['site', 'unit'] })[0]?.series, 's/u');
  assert.equal(rows(tagged)[0]?.series, 'default');
  const flat = {
    name: 'm',
    columns: ['time', 'flow', 'host', 'sensor'],
    values: [
      [1, 2, 'h1', 'x'],
      [1, 3, 'h2', 'flow'],
    ],
  };
  assert.deepEqual(
    rows(flat).map(({ series }) => series),
    ['h1', 'h2'],
  );
  assert.deepEqual(
    rows(flat, { channelTag: 'sensor' }).map(({ values }) => values),
    [{ x: 2 }, { flow: 3 }],
  );
});
