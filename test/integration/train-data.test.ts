import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { collectHistory } from '../../src/cli/history/collect-history.ts';
import { type DataOptions, openData, timeRange } from '../../src/cli/history/open-data.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { withoutFuture } from '../../src/cli/read-history.ts';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { runCli } from '../support/cli.ts';
import { TestInflux } from '../support/influx.ts';
import { TestKafka } from '../support/kafka.ts';
import { madeUpLines, madeUpPipeline } from '../support/made-up-csv.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const url = process.env.DRIFTCAST_TEST_INFLUX;
const hint = '(deploy/native/stack.sh up prints it)';
const rows = 300;
const lines = madeUpLines(rows);
const timeOf = (row: number) => Date.parse(String(lines[row]?.[0]));
const cellOf = (row: number, c: number) => {
  const cell = lines[row]?.[c + 1];
  return cell === '' ? Number.NaN : Number(cell);
};
const io = {
  clock: systemClock,
  signal: new AbortController().signal,
  env: {},
  stderr: process.stderr,
} as unknown as CliIo;

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'driftcast-train-data-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** Writes the made-up pipeline with another source and other sinks; gives its path. */
async function pipeline(source: object, changes: object = {}): Promise<string> {
  const file = path.join(dir, 'pipeline.yaml');
  await writeFile(file, JSON.stringify({ ...JSON.parse(madeUpPipeline({ path: 'series' })), source, ...changes }));
  return file;
}

async function read(file: string, options: DataOptions) {
  const config = withoutFuture(loadPipeline(file, { registry, env: {} }).config);
  const feed = await openData(config, registry, io, options, (p) => p);
  return collectHistory(config, registry, io, feed, timeRange(options));
}

/** Every cell of every series is what was sent. */
function assertRows(history: Awaited<ReturnType<typeof read>>, names: readonly string[], from = 0, to = rows): void {
  assert.deepEqual(history.series.map(({ series }) => series).sort(), [...names].sort());
  for (const { startMs, rows: got, values } of history.series) {
    assert.deepEqual([startMs, got], [timeOf(from), to - from]);
    values.forEach((value, i) => assert.ok(Object.is(value, cellOf(from + Math.floor(i / 3), i % 3)), `cell ${i}`));
  }
}

const failsWith = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriftcastError && error.code === code, String(error));
  assert.match(error.message, message);
  assert.ok((error.hint ?? '').length > 10);
  return true;
};

describe('the history of a topic', { skip: broker === undefined && `set DRIFTCAST_TEST_KAFKA ${hint}` }, () => {
  const names = ['north', 'south', 'west'];
  let kafka: TestKafka;
  let topic: string;
  let group: string;
  let file: string;

  before(async () => {
    kafka = await TestKafka.connect(broker as string);
    topic = await kafka.createTopic(2);
    group = kafka.groupName();
    file = await pipeline({ type: 'kafka', brokers: [broker], topics: [topic], group });
    const sent = lines.flatMap(([time, a, b, c]) =>
      names.map((series, i) => ({
        key: series,
        value: Buffer.from(JSON.stringify({ time, series, a, b, c })),
        partition: i % 2,
      })),
    );
    await kafka.send(topic, sent);
    await kafka.send(topic, [{ key: 'bad', value: Buffer.from('rubbish'), partition: 1 }]);
  });
  after(() => kafka?.close());

  it('is read whole, through the pipeline’s decoder; its group is neither joined nor moved', async () => {
    const history = await read(file, { data: 'kafka' });
    assertRows(history, names);
    assert.equal(history.readings, 3 * rows);
    assert.equal(history.rejected.get('parse_error')?.count, 1);
    assert.deepEqual(await kafka.committed(group, topic), [-1, -1]);
    const admin = new Kafka({ brokers: [broker as string], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    assert.deepEqual(
      groups.filter(({ groupId }) => groupId.startsWith('driftcast-train-')),
      [],
      'no group is left behind',
    );
  });

  it('from one time to another, by the readings’ own times', async () => {
    const between = { from: String(lines[100]?.[0]), to: String(lines[200]?.[0]) };
    assertRows(await read(file, { data: `kafka:${topic}`, ...between }), names, 100, 200);
  });

  it('ends at what was there at the start, and at once where there is nothing', async () => {
    const empty = await kafka.createTopic(1);
    assert.equal((await read(file, { data: `kafka:${empty}` })).readings, 0);
  });

  it('a topic that is not there is said', async () => {
    await assert.rejects(
      read(file, { data: 'kafka:no-such-topic' }),
      failsWith('SOURCE_FAILED', /no such topic: no-such-topic/),
    );
  });

  it('trains a model', async () => {
    const out = path.join(dir, 'model');
    const said = await runCli(['train', file, '--data', 'kafka', '--out', out, '--engine', 'wasm']);
    assert.match(said, new RegExp(`topic ${topic}: 3 series, 900 rows of 3 channels`));
    assert.match(said, /test on the newest 90 rows/);
  });
});

describe('what an InfluxDB holds', { skip: url === undefined && `set DRIFTCAST_TEST_INFLUX ${hint}` }, () => {
  let influx: TestInflux;
  let file: string;

  before(async () => {
    influx = new TestInflux(url as string);
    await influx.query(`CREATE DATABASE "${influx.database}"`);
    const kafka = { type: 'kafka', brokers: ['localhost:1'], topics: ['none'] };
    file = await pipeline(kafka, { sinks: [{ type: 'influxdb', url, database: influx.database }] });
    const points = lines.flatMap(([, ...cells], row) => {
      const known = ['a', 'b', 'c'].flatMap((name, i) => (cells[i] === '' ? [] : [[name, cells[i]] as const]));
      const fields = known.map(([name, value]) => `${name}=${value}`).join(',');
      return [
        ...known.map(
          ([name, value]) => `driftcast_value,series=plant,channel=${name} observed=${value} ${timeOf(row)}`,
        ),
        `driftcast_value,series=plant,channel=a imputed=9,final=1 ${timeOf(row) + 1}`,
        `machine,host=h1,line=l1 ${fields},note="x" ${timeOf(row)}`,
        `machine,host=h2,line=l1 ${fields} ${timeOf(row)}`,
      ];
    });
    const response = await fetch(`${url}/write?db=${influx.database}&precision=ms`, {
      method: 'POST',
      body: points.join('\n'),
    });
    assert.equal(response.status, 204, await response.text());
  });
  after(() => influx?.drop());

  it('the values that driftcast has written, without those that it made up', async () => {
    assertRows(await read(file, { data: 'influxdb' }), ['plant']);
    const between = { from: String(lines[100]?.[0]), to: String(lines[200]?.[0]) };
    assertRows(await read(file, { data: 'influxdb', ...between }), ['plant'], 100, 200);
  });

  it('a measurement of the user’s own: fields are channels, a tag the series', async () => {
    assertRows(await read(file, { data: 'influxdb:machine' }), ['h1', 'h2']);
    const joined = { influxSeriesTag: ['line', 'host'] };
    assertRows(await read(file, { data: 'influxdb:machine', ...joined }), ['l1/h1', 'l1/h2']);
  });

  it('a query of the user’s own, on another server than that of the sink', async () => {
    const elsewhere = await pipeline({ type: 'replay', path: 'x.csv' });
    const server = { influxUrl: url as string, influxDatabase: influx.database };
    const influxQuery = `SELECT a, b, c FROM machine WHERE host = 'h2' GROUP BY host`;
    assertRows(await read(elsewhere, { data: 'influxdb', ...server, influxQuery }), ['h2']);
    const flat = { influxQuery: `SELECT a, b, c, host FROM machine WHERE host = 'h1'` };
    assertRows(await read(elsewhere, { data: 'influxdb', ...server, ...flat }), ['h1']);
  });

  it('a database that is not there, and a query that is none, are said', async () => {
    const ask = (options: Partial<DataOptions>) =>
      read(file, { data: 'influxdb', influxUrl: url as string, influxDatabase: influx.database, ...options });
    await assert.rejects(
      ask({ influxDatabase: 'no_such' }),
      failsWith('SOURCE_FAILED', /database no_such: database not found/),
    );
    await assert.rejects(
      ask({ influxQuery: 'SELECT FROM' }),
      failsWith('SOURCE_FAILED', /HTTP 400: error parsing query/),
    );
    assert.equal((await ask({ data: 'influxdb:no_such_measurement' })).readings, 0);
  });
});
