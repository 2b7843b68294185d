import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { collectHistory } from '../../../src/cli/history/collect-history.ts';
import { type DataOptions, openData, timeRange } from '../../../src/cli/history/open-data.ts';
import type { CliIo } from '../../../src/cli/io.ts';
import { withoutFuture } from '../../../src/cli/read-history.ts';
import { registry } from '../../../src/components.ts';
import { loadPipeline } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import { madeUpPipeline } from '../../support/made-up-csv.ts';

const io = { clock: systemClock, signal: new AbortController().signal, env: {} } as unknown as CliIo;
let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'driftcast-data-'));
});
after(() => rm(dir, { recursive: true, force: true }));

const kafka = { type: 'kafka', path: undefined, drop_columns: undefined, brokers: ['localhost:1'], topics: ['plant'] };
const startMs = Date.parse('2024-03-04T00:00:00Z');

async function configOf(decode: object | null, source: object = kafka) {
  const pipeline = JSON.parse(madeUpPipeline({ path: 'series' }, source));
  await writeFile(path.join(dir, 'p.yaml'), JSON.stringify(decode === null ? pipeline : { ...pipeline, decode }));
  return withoutFuture(loadPipeline(path.join(dir, 'p.yaml'), { registry, env: {} }).config);
}

async function read(decode: object | null, file: string, text: string | Buffer, options: Partial<DataOptions> = {}) {
  const config = await configOf(decode);
  await writeFile(path.join(dir, file), text);
  const asked = { data: path.join(dir, file), ...options };
  const feed = await openData(config, registry, io, asked, (p) => p);
  return collectHistory(config, registry, io, feed, timeRange(asked));
}
/** The made-up channels are a, b, c. */
const cells = (history: Awaited<ReturnType<typeof read>>) =>
  history.series.map(({ series, rows, values }) => [
    series,
    rows,
    [...values].map((v) => (Number.isNaN(v) ? null : v)),
  ]);

describe('line protocol', () => {
  const lines = [
    '# DML',
    'm,host=x a=1,b=2i,note="text, with a=9" 1709510400000000000',
    'm,host=y a=5 1709510400000000000',
    '',
    'm,host=x c=3 1709510460000000000\r',
    'nonsense',
  ].join('\n');
  const want = [
    ['x', 2, [1, 2, null, null, null, 3]],
    ['y', 1, [5, null, null]],
  ];

  test('through the pipeline’s own decoder, plain and compressed', async () => {
    const decode = { type: 'line-protocol', channel: 'field' };
    const plain = await read(decode, 'x.lp', lines);
    assert.deepEqual(cells(plain), want);
    assert.equal(plain.rejected.get('parse_error')?.count, 1);
    assert.deepEqual([...plain.names].sort(), ['a', 'b', 'c']);
    assert.deepEqual(cells(await read(decode, 'x.lp.gz', gzipSync(lines))), want);
  });

  test('for another pipeline as Telegraf writes it, in the unit that its stamps have', async () => {
    const own = await configOf(null);
    const config = { ...own, channels: own.channels.map((channel) => ({ ...channel, name: `m_${channel.name}` })) };
    const seconds = lines.replaceAll('000000000', '');
    for (const [file, data] of [
      ['s.lp', seconds],
      ['s.lp.gz', gzipSync(seconds)],
    ] as const) {
      await writeFile(path.join(dir, file), data);
      const feed = await openData(config, registry, io, { data: path.join(dir, file) }, (p) => p);
      assert.deepEqual(cells(await collectHistory(config, registry, io, feed)), want);
    }
  });

  test('--from and --to, from the first on and before the second', async () => {
    const options = { from: '2024-03-04T00:01:00Z', to: '2024-03-04T00:02:00Z' };
    const history = await read({ type: 'line-protocol', channel: 'field' }, 'x.lp', lines, options);
    assert.deepEqual(cells(history), [['x', 1, [null, null, 3]]]);
    assert.equal(history.outside, 2);
  });
});

describe('recorded messages', () => {
  const wide = { type: 'json', layout: 'wide', time: { path: 'time' }, series: { key: true } };
  const message = (minute: number, a: number) => JSON.stringify({ time: startMs + minute * 60_000, a });

  test('in the envelope that kcat -J puts around them: with key and stamp', async () => {
    const kcat = (key: string | null, payload: string | null, offset: number) =>
      JSON.stringify({ topic: 't', partition: 0, offset, tstype: 'create', ts: startMs, broker: 0, key, payload });
    const lines = [
      kcat('x', message(0, 1), 0),
      kcat('y', message(0, 7), 1),
      kcat('x', message(1, 2), 2),
      kcat('x', null, 3),
    ];
    const history = await read(wide, 'm.jsonl', lines.join('\n'));
    assert.deepEqual(cells(history), [
      ['x', 2, [1, null, null, 2, null, null]],
      ['y', 1, [7, null, null]],
    ]);
    assert.equal(history.rejected.get('empty')?.count, 1);
  });

  test('a line a message, where nothing is needed of its key', async () => {
    const narrow = { type: 'json', layout: 'narrow', series: { path: 'dev' }, channel_path: 'what', value_path: 'v' };
    const line = (what: string, v: number) => JSON.stringify({ time: startMs, dev: 'd', what, v });
    const history = await read(narrow, 'm.ndjson', `${line('a', 1)}\n${line('c', 3)}\n${line('other', 5)}\n`);
    assert.deepEqual(cells(history), [['d', 1, [1, null, 3]]]);
    assert.deepEqual([...history.names].sort(), ['a', 'c', 'other']);
  });

  test('a CSV file with the columns of a narrow message', async () => {
    const narrow = {
      type: 'json',
      layout: 'narrow',
      time: { path: 'ts' },
      series: { path: 'dev' },
      channel_path: 'what',
      value_path: 'v',
    };
    const csv = 'ts,dev,what,v\n2024-03-04T00:00:00Z,d,a,1\n2024-03-04T00:00:30Z,d,b,2\n2024-03-04T00:01:00Z,e,a,4\n';
    assert.deepEqual(cells(await read(narrow, 'm.csv', csv)), [
      ['d', 1, [1, 2, null]],
      ['e', 1, [4, null, null]],
    ]);
  });
});

describe('what cannot be', () => {
  const refuses = async (options: DataOptions, code: string, message: RegExp, source?: object) => {
    const config = await configOf(null, source);
    const open = async () => {
      timeRange(options);
      await openData(config, registry, io, options, (p) => p);
    };
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof DriftcastError && error.code === code, String(error));
      assert.match(error.message, message);
      assert.ok((error.hint ?? '').length > 10);
      return true;
    });
  };
  const replay = { type: 'replay', path: 'x.csv' };

  test('says what is missing', async () => {
    await refuses({ data: 'kafka' }, 'USAGE', /the source of the pipeline is replay, not kafka/, replay);
    await refuses({ data: 'x.jsonl' }, 'USAGE', /the pipeline replays CSV files/, replay);
    await refuses({ data: 'influxdb' }, 'USAGE', /which server\?/);
    await refuses({ data: 'influxdb', influxUrl: 'http://localhost:1' }, 'USAGE', /which database\?/);
    await refuses({ data: 'x.csv', from: 'soon' }, 'USAGE', /--from soon: not a time/);
    await refuses({ data: 'x.csv', from: '2024-02-02', to: '2024-02-01' }, 'USAGE', /nothing lies between/);
  });

  test('a query reads, and nothing else', async () => {
    const server = { data: 'influxdb', influxUrl: 'http://localhost:1', influxDatabase: 'd' };
    for (const influxQuery of ['DROP DATABASE d', 'SELECT a INTO b FROM c', 'SELECT a FROM b; DROP MEASUREMENT b', ''])
      await refuses({ ...server, influxQuery }, 'USAGE', /expected one SELECT/);
    const config = await configOf(null);
    for (const influxQuery of ['select a from "x;into y"', "SELECT a FROM b WHERE c = 'into';"])
      assert.match((await openData(config, registry, io, { ...server, influxQuery }, (p) => p)).what, /InfluxDB at/);
  });

  test('a file that is not there, or is cut', async () => {
    const config = await configOf({ type: 'line-protocol' });
    const feed = await openData(config, registry, io, { data: path.join(dir, 'none.lp') }, (p) => p);
    await assert.rejects(collectHistory(config, registry, io, feed), /reading .*none\.lp: ENOENT/);
    const cut = gzipSync(`${'m,host=x a=1 1709510400000000000\n'.repeat(5000)}`).subarray(0, 100);
    await assert.rejects(read({ type: 'line-protocol' }, 'cut.lp.gz', cut), /reading .*cut\.lp\.gz: unexpected end/);
  });
});
