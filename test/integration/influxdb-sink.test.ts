import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import type { Outcome } from '../../src/core/alert.ts';
import { systemClock } from '../../src/core/clock.ts';
import { influxdbSink } from '../../src/sink/influxdb.ts';
import { createInfluxClient } from '../../src/sink/influxdb-client.ts';
import { lineProtocolSink } from '../../src/sink/line-protocol.ts';
import { encodeLine } from '../../src/sink/line-protocol-encoder.ts';
import { alertWith, channels, contextWith, inferenceWith, rowWith, scoresOf, windowWith } from '../sink/fixtures.ts';

const url = process.env.DRIFTCAST_TEST_INFLUX;
const database = `driftcast_test_${process.pid}`;
const skip =
  url === undefined && 'set DRIFTCAST_TEST_INFLUX=http://host:port (deploy/native/influxdb.sh up prints one)';

interface Series {
  readonly name: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

async function query(text: string, db = database): Promise<readonly Series[]> {
  const response = await fetch(`${url}/query?db=${db}&epoch=ms`, {
    method: 'POST',
    body: new URLSearchParams({ q: text }),
  });
  const { results = [], error } = (await response.json()) as {
    results?: { series?: Series[]; error?: string }[];
    error?: string;
  };
  assert.equal(error ?? results[0].error, undefined);
  return results[0].series ?? [];
}

const build = (options: Record<string, unknown> = {}) =>
  influxdbSink.build(influxdbSink.options.parse({ url, database, retry_ms_max: 1000, ...options }), contextWith());

/** Every kind of point at once. */
const everything: Outcome = {
  verdict: {
    rows: [rowWith({ alarm: true }), rowWith({ timeMs: 9000 })],
    inference: inferenceWith({
      window: windowWith({ series: 'full' }),
      imputed: {
        rows: Int32Array.of(2),
        final: Uint8Array.of(0),
        quantiles: Float64Array.from([NaN, NaN, NaN, NaN, NaN, 1, 2, 3, 4, 5]),
      },
      forecast: { horizon: 2, quantiles: Float64Array.from({ length: 20 }, (_, index) => index / 3) },
    }),
  },
  alerts: [alertWith({ series: 'full', summary: 'a "quoted" \\ text, with = all' })],
};

describe('influxdb sink against a server', { skip }, () => {
  after(() => query(`DROP DATABASE "${database}"`));

  test('creates the database; delivering again changes nothing', async () => {
    const sink = build();
    assert.deepEqual(await sink.deliver([everything]), []);
    const once = await query('SELECT * FROM /driftcast_.*/ GROUP BY *');
    assert.deepEqual(await sink.deliver([everything, everything]), []);
    assert.deepEqual(await query('SELECT * FROM /driftcast_.*/ GROUP BY *'), once);
    await sink.close();
    const rows = (name: string) =>
      once.filter((series) => series.name === name).reduce((sum, { values }) => sum + values.length, 0);
    assert.deepEqual(
      ['driftcast_score', 'driftcast_value', 'driftcast_forecast', 'driftcast_alert'].map(rows),
      [2, 4, 4, 1],
    );
    const [alert] = await query('SELECT summary FROM driftcast_alert');
    assert.equal(alert.values[0][1], 'a "quoted" \\ text, with = all');
  });

  test('the last of several writes of one point wins, within one request too', async () => {
    const sink = build();
    const scored = (score: number): Outcome => ({
      verdict: {
        inference: inferenceWith({ window: windowWith({ series: 'twice', newRows: 0 }) }),
        rows: [rowWith({ score })],
      },
      alerts: [],
    });
    await sink.deliver(Array.from({ length: 500 }, (_, score) => scored(score)));
    await sink.close();
    const [{ values }] = await query(`SELECT score FROM driftcast_score WHERE "series" = 'twice'`);
    assert.deepEqual(values, [[10_000, 499]]);
  });

  test('points that the server refuses come back, all others are stored', async () => {
    const conflicting = build({ database: `${database}_conflict` });
    await conflicting.deliver([scoresOf('first', 1)]);
    const client = createInfluxClient(
      { url: url ?? '', database: `${database}_conflict`, timeout_ms: 5000 },
      systemClock,
      (path) => path,
    );
    // A field that somebody else wrote as text in another week's shard.
    await client.write(['driftcast_alert,series=x,kind=y summary=1 10000']);
    const letters = await conflicting.deliver([
      scoresOf('a', 50),
      { verdict: null, alerts: [alertWith()] },
      scoresOf('b', 50),
    ]);
    await conflicting.close();
    assert.equal(letters.length, 1);
    assert.match(letters[0].detail, /field type conflict.*summary/);
    assert.match(String(letters[0].raw), /^driftcast_alert,/);
    const [{ values }] = await query('SELECT count(score) FROM driftcast_score', `${database}_conflict`);
    assert.equal(values[0][1], 101);
    await query(`DROP DATABASE "${database}_conflict"`);
  });

  test('a retention policy that does not exist is said plainly', async () => {
    const sink = build({ retention_policy: 'no such' });
    await assert.rejects(sink.deliver([scoresOf('a', 1)]), {
      code: 'SINK_FAILED',
      message: /retention policy/,
      retryable: false,
    });
    await sink.close();
  });

  test('property: any name and text is stored as it was encoded', async () => {
    const client = createInfluxClient({ url: url ?? '', database, timeout_ms: 5000 }, systemClock, (path) => path);
    const unit = fc.oneof(
      fc.constantFrom(' ', ',', '=', '"', '\\', '\n', '#', "'", 'ü', '😀'),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    const nasty = fc.string({ unit, minLength: 1, maxLength: 8 });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (tag, text) => {
        runs += 1;
        const measurement = `nasty_${runs}`;
        const encoded = encodeLine({ measurement, tags: { tag }, fields: { text, f: 1.5 }, timeMs: runs });
        assert.ok(encoded.ok);
        assert.deepEqual(await client.write([encoded.line]), { kind: 'done' });
        const all = await query(`SELECT * FROM ${measurement}`);
        assert.equal(all.length, 1);
        const [{ columns, values }] = all;
        assert.equal(values.length, 1);
        assert.deepEqual(Object.fromEntries(columns.map((name, at) => [name, values[0][at]])), {
          time: runs,
          f: 1.5,
          // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters become spaces
          tag: tag.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/\\+$/, (slashes) => '/'.repeat(slashes.length)),
          // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters become spaces
          text: text.replace(/[\u0000-\u001f\u007f]/g, ' '),
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe('line-protocol file against a server', { skip }, () => {
  const fileWith = async (t: { after(task: () => Promise<void>): void }, name: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'driftcast-import-'));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'results.lp');
    const sink = lineProtocolSink.build(
      lineProtocolSink.options.parse({ path, database: name }),
      contextWith({ channels }),
    );
    await sink.deliver([everything, scoresOf('s', 20)]);
    await sink.close();
    return path;
  };
  const count = async (name: string) =>
    (await query('SELECT count(score) FROM driftcast_score', name))[0]?.values[0][1];

  test('HTTP /write takes it as it is', async (t) => {
    const name = `${database}_http`;
    const path = await fileWith(t, name);
    await query(`CREATE DATABASE "${name}"`);
    const response = await fetch(`${url}/write?db=${name}&precision=ms`, {
      method: 'POST',
      body: await readFile(path),
    });
    assert.equal(response.status, 204, await response.text());
    assert.equal(await count(name), 22);
    await query(`DROP DATABASE "${name}"`);
  });

  test('influx -import takes it as it is, and makes the database', async (t) => {
    const name = `${database}_import`;
    const path = await fileWith(t, name);
    const { hostname, port } = new URL(url ?? '');
    const imported = await promisify(execFile)('influx', [
      '-host',
      hostname,
      '-port',
      port,
      '-import',
      `-path=${path}`,
      '-precision=ms',
    ]).catch((error: Error & { code?: unknown }) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (imported === null) return t.skip('the influx command is not here: apt-get install influxdb-client');
    assert.equal(await count(name), 22);
    await query(`DROP DATABASE "${name}"`);
  });
});
