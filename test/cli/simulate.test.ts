import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { plants } from '../../src/source/plant/plants.ts';
import { tempDir } from '../source/temp-dir.ts';
import { createTestIo, linesOf, simulate } from './simulate/simulate-io.ts';

const { dir, file } = tempDir();
const at = (name: string) => path.join(dir, name);
const text = (name: string) => readFileSync(at(name), 'utf8');
const table = (name: string): Record<string, string>[] => parse(text(name), { columns: true });

test('a plant as CSV: time and channels, no series column where there is one series', async () => {
  const io = await simulate(['--days', '0.5', '--out', at('pump.csv')]);
  const rows = table('pump.csv');
  assert.equal(rows.length, 720);
  assert.deepEqual(Object.keys(rows[0]), ['time', ...plants['pump-station'].channels.map(({ name }) => name)]);
  assert.equal(rows[0].time, '2026-01-05T00:00:00.000Z');
  assert.ok(
    rows.some((row) => Object.values(row).includes('')),
    'dropouts are empty cells',
  );
  assert.match(io.err(), /wrote 720 rows/);
  assert.equal(io.out(), '');
});

test('the seed decides: same seed, same bytes', async () => {
  for (const [name, seed] of [
    ['s1.csv', '3'],
    ['s2.csv', '3'],
    ['s3.csv', '4'],
  ])
    await simulate(['--days', '0.1', '--seed', seed, '--out', at(name)]);
  assert.equal(text('s1.csv'), text('s2.csv'));
  assert.notEqual(text('s1.csv'), text('s3.csv'));
});

test('--labels: a column of 0 and 1, and the faults beside the file', async () => {
  await simulate(['--days', '3', '--labels', '--no-dropouts', '--out', at('labelled.csv')]);
  const rows = table('labelled.csv');
  const faults: { startMs: number; endMs: number; kind: string }[] = JSON.parse(text('labelled.csv.faults.json'));
  assert.ok(faults.length > 0);
  for (const row of rows) {
    const timeMs = Date.parse(row.time);
    const inside = faults.some(({ startMs, endMs }) => timeMs >= startMs && timeMs < endMs);
    assert.equal(row.label, inside ? '1' : '0');
  }
  assert.ok(rows.every((row) => !Object.values(row).includes('')));
});

test('--no-faults: a clean history', async () => {
  await simulate(['--days', '3', '--labels', '--no-faults', '--out', at('clean.csv')]);
  assert.ok(table('clean.csv').every(({ label }) => label === '0'));
  assert.equal(text('clean.csv.faults.json'), '[]\n');
});

test('several series have a column; .jsonl are messages, .gz is compressed', async () => {
  await simulate(['--plant', 'server', '--days', '0.01', '--out', at('server.csv')]);
  assert.equal(table('server.csv')[1].series, 'web-2');
  await simulate(['--plant', 'devices', '--days', '0.01', '--out', at('devices.jsonl.gz')]);
  const messages = linesOf(gunzipSync(readFileSync(at('devices.jsonl.gz'))).toString());
  assert.ok(messages.length > 100);
  assert.ok(messages.every(({ time, series }) => typeof time === 'number' && String(series).startsWith('dev-')));
});

test('standard output gets JSON lines', async () => {
  const io = await simulate(['--plant', 'server', '--days', '0.002', '--start', '2024-02-29T00:00:00Z']);
  const messages = linesOf(io.out());
  assert.equal(messages.length, 24);
  assert.equal(messages[8].time, Date.parse('2024-02-29T00:01:00Z'));
});

test('a CSV file passes through, broken rows are skipped and said', async () => {
  const source = file(
    'in.csv',
    'when,dev,a,note\n2026-01-05T00:00:00Z,d1,1.50,x\n2026-01-05T00:01:00Z,d1\n2026-01-05T00:02:00Z,d2,,"y,z"\n',
  );
  const io = await simulate([
    '--csv',
    source,
    '--time-column',
    'when',
    '--series-column',
    'dev',
    '--drop-columns',
    'note',
  ]);
  assert.deepEqual(linesOf(io.out()), [
    { time: '2026-01-05T00:00:00Z', series: 'd1', a: '1.50' },
    { time: '2026-01-05T00:02:00Z', series: 'd2', a: '' },
  ]);
  assert.match(io.err(), /skipped: line 3 has 2 columns/);
  await simulate(['--csv', source, '--time-column', 'when', '--series-column', 'dev', '--out', at('copy.csv')]);
  assert.equal(text('copy.csv').split('\n')[2], '2026-01-05T00:02:00.000Z,d2,,"y,z"');
});

test('--start moves a CSV file as a whole', async () => {
  const source = file('move.csv', 'time,a\n2026-01-05T00:00:00Z,1\n1767571260,2\nwhat,3\n');
  const io = await simulate(['--csv', source, '--start', 'now']);
  const nowMs = Date.parse('2026-06-01T00:00:00Z');
  assert.deepEqual(
    linesOf(io.out()).map(({ time }) => time),
    [nowMs, nowMs + 60_000, 'what'],
  );
});

test('--host: this machine, a row every --every, until the signal', async () => {
  let chunks = 0;
  const io = createTestIo(() => {
    chunks += 1;
    if (chunks === 3) io.abort();
  });
  await simulate(['--host', '--every', '10s'], io);
  const messages = linesOf(io.out());
  assert.equal(messages.length, 3);
  assert.equal((messages[1].time as number) - (messages[0].time as number), 10_000);
  assert.ok('cpu_user' in messages[0]);
});

test('--for ends a feed after this long by the wall clock, and only then', async () => {
  const io = await simulate(['--speed', '1', '--for', '10m', '--plant', 'pump-station']);
  assert.equal(linesOf(io.out()).length, 10);
  assert.equal(io.clock.monotonicMs(), 600_000);
  assert.equal(linesOf((await simulate(['--days', '0.01', '--for', '10m'])).out()).length, 14);
});

test('--speed goes by the clock and never ahead of it', async () => {
  const past = await simulate(['--days', '0.1', '--speed', '60']);
  assert.equal(past.clock.monotonicMs(), 143 * 1000);
  const live = await simulate(['--days', '0.1', '--speed', '60', '--start', 'now']);
  assert.equal(live.clock.monotonicMs(), 143 * 60_000);
});

test('a signal ends it after a whole row', async () => {
  const io = createTestIo((chunk) => {
    if (chunk.includes('2026-01-05T01') || JSON.parse(chunk.split('\n')[0]).time >= Date.parse('2026-01-05T01:00:00Z'))
      io.abort();
  });
  await simulate(['--speed', '600'], io);
  const messages = linesOf(io.out());
  assert.ok(messages.length >= 60 && messages.length < 70, `${messages.length}`);
});

test('what does not go together is a usage error that says so', async () => {
  const refused = (args: readonly string[], message: RegExp) =>
    assert.rejects(simulate(args), { code: 'USAGE', message, hint: /--help|Write it like/ });
  await refused(['--plant', 'server', '--host'], /--plant and --host exclude/);
  await refused(['--to', 'file'], /needs --out/);
  await refused(['--to', 'stdout', '--out', at('x.csv')], /--out is for --to file/);
  await refused(['--to', 'kafka'], /needs --topic/);
  await refused(['--to', 'kafka', '--topic', 't', '--brokers', ','], /needs --brokers/);
  await refused(['--to', 'kafka', '--topic', 't', '--labels'], /--labels/);
  await refused(['--host', '--labels', '--out', at('x.csv')], /--labels/);
  await refused(['--host', '--start', 'now'], /--start/);
  await refused(['--host', '--days', '2'], /--days/);
  await refused(['--history', '2h'], /--history is for --to kafka/);
  await refused(['--to', 'kafka', '--topic', 't', '--history', '2h', '--start', 'now'], /exclude each other/);
  await refused(['--start', 'tomorrow'], /"tomorrow" is not a time/);
  assert.ok(!existsSync(at('x.csv')));
});

test('numbers, durations and choices are checked by name', async () => {
  for (const args of [
    ['--days', '0'],
    ['--days', 'x'],
    ['--seed', '1.5'],
    ['--speed', '-1'],
    ['--for', '10'],
    ['--plant', 'boiler'],
    ['--to', 'disk'],
    ['--partitions', '0'],
  ]) {
    const io = createTestIo();
    await assert.rejects(simulate(args, io), /invalid|expected/i);
    assert.match(io.err(), new RegExp(`${args[0]} <`));
  }
});

test('a file that cannot be written, and one that cannot be read, say what was being done', async () => {
  await assert.rejects(simulate(['--days', '0.1', '--out', at('no/such/dir.csv')]), {
    code: 'SINK_FAILED',
    message: /writing .*dir\.csv: ENOENT/,
  });
  await assert.rejects(simulate(['--csv', at('none.csv'), '--out', at('y.csv')]), {
    code: 'DATA_UNREADABLE',
    message: /none\.csv/,
  });
});

test('the help has examples and says how times work with Kafka', async () => {
  const io = createTestIo();
  await assert.rejects(simulate(['--help'], io), { code: 'commander.helpDisplayed' });
  assert.match(io.out(), /Examples:\n {2}\$ driftcast simulate/);
  assert.match(io.out(), /reached the present/);
});
