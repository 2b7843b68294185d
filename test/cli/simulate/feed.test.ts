import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvFeed, type FeedRow, hostFeed, plantFeed } from '../../../src/cli/simulate/feed.ts';
import { plants } from '../../../src/source/plant/plants.ts';
import { fakeClock } from '../../source/fake-clock.ts';
import { tempDir } from '../../source/temp-dir.ts';

const { file } = tempDir();
const never = new AbortController().signal;

async function all(rows: AsyncIterable<FeedRow> | Iterable<FeedRow>): Promise<FeedRow[]> {
  const result: FeedRow[] = [];
  for await (const row of rows) result.push(row);
  return result;
}

const options = { seed: 2, startMs: Date.parse('2026-01-05'), steps: 10, faults: true, dropouts: false };

test('plantFeed: rows, columns, progress', async () => {
  const feed = plantFeed(plants.server, options);
  assert.equal(feed.progress(), 0);
  assert.equal((await all(feed.rows(never))).length, 80);
  assert.equal(feed.progress(), 1);
  assert.deepEqual(feed.columns(), { channels: plants.server.channels.map(({ name }) => name), series: true });
  assert.equal(plantFeed(plants['pump-station'], options).columns().series, false);
});

test('plantFeed: a plant without end has no progress', () => {
  const feed = plantFeed(plants['pump-station'], { ...options, steps: Number.POSITIVE_INFINITY });
  assert.equal(feed.progress(), null);
});

test('plantFeed: faulty rows are those of the listed faults', async () => {
  const feed = plantFeed(plants['pump-station'], { ...options, steps: 4000 });
  const rows = await all(feed.rows(never));
  const minutes = feed.faults().reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / 60_000, 0);
  assert.ok(minutes > 0);
  assert.equal(rows.filter(({ faulty }) => faulty).length, minutes);
});

test('csvFeed: columns are known from the first row on; broken rows are told, empty lines are not', async () => {
  const told: string[] = [];
  const path = file('a.csv', 'time,series,a\n1767571200,s,1\n\n1767571260,s\n');
  const layout = {
    path,
    delimiter: ',',
    timeColumn: 'time',
    seriesColumn: undefined,
    dropColumns: [],
    rowBytesMax: 1000,
  };
  const feed = csvFeed(layout, null, (problem) => told.push(problem));
  const rows = await all(feed.rows(never));
  assert.deepEqual(rows, [
    { timeMs: 1_767_571_200_000, series: 's', message: { time: '1767571200', series: 's', a: '1' }, faulty: false },
  ]);
  assert.deepEqual(feed.columns(), { channels: ['a'], series: true });
  assert.equal(told.length, 1);
  assert.equal(feed.progress(), 1);
  assert.deepEqual(feed.faults(), []);
});

test('hostFeed: live, without end, until the signal', async () => {
  const stop = new AbortController();
  const feed = hostFeed(fakeClock(), 1000);
  assert.equal(feed.live, true);
  assert.equal(feed.progress(), null);
  const rows: FeedRow[] = [];
  for await (const row of feed.rows(stop.signal)) {
    rows.push(row);
    if (rows.length === 2) stop.abort();
  }
  assert.equal(rows.length, 2);
  assert.equal(rows[0].message.series, rows[0].series);
  assert.ok(feed.columns().channels.every((name) => name in rows[0].message));
});
