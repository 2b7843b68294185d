import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { Feed, FeedRow } from '../../../src/cli/simulate/feed.ts';
import { writeFileRows, writeStdoutRows } from '../../../src/cli/simulate/write-rows.ts';
import { tempDir } from '../../source/temp-dir.ts';
import { createTestIo, linesOf } from './simulate-io.ts';

const { dir } = tempDir();
const row = (k: number, parts: Partial<FeedRow> = {}): FeedRow => ({
  timeMs: k * 1000,
  series: 's',
  message: { time: k * 1000, series: 's', a: k, b: null },
  faulty: false,
  ...parts,
});

const feedOf = (rows: Iterable<FeedRow>, parts: Partial<Feed> = {}): Feed => ({
  name: 'test',
  live: false,
  rows: () => rows,
  columns: () => ({ channels: ['a', 'b'], series: true }),
  faults: () => [],
  progress: () => 0.5,
  ...parts,
});

const written = async (name: string, feed: Feed, labels = false): Promise<string> => {
  await writeFileRows(feed, path.join(dir, name), { speed: 0, labels }, createTestIo());
  return readFileSync(path.join(dir, name), 'utf8');
};

test('CSV: header once, empty cells for null and for absent, quotes where they are needed', async () => {
  const rows = [row(0), row(1, { message: { time: 1000, series: 'x,"y"', a: 'l1\nl2' }, faulty: true })];
  assert.equal(
    await written('a.csv', feedOf(rows), true),
    'time,series,a,b,label\n1970-01-01T00:00:00.000Z,s,0,,0\n1970-01-01T00:00:01.000Z,"x,""y""","l1\nl2",,1\n',
  );
});

test('CSV: a time that was not understood stays as it stands', async () => {
  const rows = [row(0, { timeMs: null, message: { time: 'noon', a: 1 } })];
  assert.equal(
    await written('b.csv', feedOf(rows, { columns: () => ({ channels: ['a'], series: false }) })),
    'time,a\nnoon,1\n',
  );
});

test('JSON lines: the messages, and the label beside them', async () => {
  assert.equal(await written('c.jsonl', feedOf([row(1)])), '{"time":1000,"series":"s","a":1,"b":null}\n');
  assert.deepEqual(linesOf(await written('d.jsonl', feedOf([row(1, { faulty: true })]), true))[0].label, 1);
});

test('a feed without rows makes an empty file', async () => {
  assert.equal(await written('e.csv', feedOf([])), '');
});

test('rows of a live feed reach the reader one by one', async () => {
  const chunks: string[] = [];
  const io = createTestIo((text) => chunks.push(text));
  await writeStdoutRows(feedOf([row(0), row(1), row(2)], { live: true }), { speed: 0, labels: false }, io);
  assert.equal(chunks.length, 3);
});

test('a slow reader holds the feed back', async () => {
  let made = 0;
  let releases: (() => void)[] = [];
  const slow = new Writable({ highWaterMark: 1000, write: (_chunk, _encoding, done) => void releases.push(done) });
  function* endless(): Generator<FeedRow> {
    for (; made < 1_000_000; made++) yield row(made);
  }
  const io = createTestIo();
  const writing = writeStdoutRows(feedOf(endless()), { speed: 0, labels: false }, { ...io, stdout: slow });
  for (let k = 0; k < 50; k++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(made < 100_000, `${made} rows made for a reader that takes none`);
  io.abort();
  for (let k = 0; k < 200 && releases.length > 0; k++) {
    for (const release of releases.splice(0)) release();
    await new Promise((resolve) => setImmediate(resolve));
  }
  releases = [];
  assert.ok((await writing) < 100_000);
});

test('a reader that goes away ends it without an error; other errors are passed on', async () => {
  const broken = (code: string) =>
    new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
  const io = createTestIo();
  await writeStdoutRows(feedOf([row(0)]), { speed: 0, labels: false }, { ...io, stdout: broken('EPIPE') });
  await assert.rejects(
    writeStdoutRows(feedOf([row(0)]), { speed: 0, labels: false }, { ...io, stdout: broken('EIO') }),
    /EIO/,
  );
});

test('a failing feed is not blamed on the file', async () => {
  function* failing(): Generator<FeedRow> {
    yield row(0);
    throw new TypeError('broken feed');
  }
  await assert.rejects(written('f.csv', feedOf(failing())), /broken feed/);
});

test('the progress bar shows on a terminal only, and on standard error', async () => {
  const io = createTestIo();
  const rows = Array.from({ length: 2500 }, (_, k) => row(k));
  assert.equal(
    await writeFileRows(
      feedOf(rows),
      path.join(dir, 'g.csv'),
      { speed: 0, labels: false },
      { ...io, isTerminal: true },
    ),
    2500,
  );
  assert.equal(io.out(), '');
  assert.equal(await writeFileRows(feedOf(rows), path.join(dir, 'h.csv'), { speed: 0, labels: false }, io), 2500);
  assert.equal(io.err(), '');
});
