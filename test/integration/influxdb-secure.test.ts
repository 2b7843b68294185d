import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { checkInflux, deadlineOf } from '../../src/cli/doctor/servers.ts';
import { queryInflux } from '../../src/cli/history/influx-query.ts';
import { systemClock } from '../../src/core/clock.ts';
import { influxdbSink } from '../../src/sink/influxdb.ts';
import { createInfluxClient } from '../../src/sink/influxdb-client.ts';
import { alertWith, contextWith, recordingTelemetry, scoresOf } from '../sink/fixtures.ts';
import { type SecureServers, secureServers, skipWithoutSecure } from '../support/secure-servers.ts';

const database = `driftcast_secure_${process.pid}`;
const signal = new AbortController().signal;

interface Server {
  readonly url: string;
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca_file: string };
}

async function rowsOf(server: Server, query: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { values } of queryInflux(server, query, systemClock, signal)) rows.push(...values);
  return rows;
}

describe('InfluxDB with https and a login', { skip: skipWithoutSecure }, () => {
  let at: SecureServers;
  let server: Server;
  before(() => {
    at = secureServers();
    server = { url: at.influx, database, username: at.user, password: at.password, tls: { ca_file: at.ca } };
  });
  after(() => rowsOf(server, `DROP DATABASE "${database}"`));

  const sinkWith = (changes: Record<string, unknown> = {}) => {
    const { telemetry, told } = recordingTelemetry();
    const options = influxdbSink.options.parse({ ...server, retry_ms_max: 2000, ...changes });
    return { sink: influxdbSink.build(options, contextWith({ telemetry })), told };
  };

  test('makes its database, writes compressed, and what it wrote is read back', async () => {
    const { sink } = sinkWith();
    assert.deepEqual(await sink.deliver([scoresOf('a', 300)]), []);
    await sink.close();
    assert.deepEqual(await rowsOf(server, 'SELECT count(score) FROM driftcast_score'), [[0, 300]]);
  });

  const wrong = 'hunter2-not-the-password';
  const refusals: readonly (readonly [string, () => Record<string, unknown>, RegExp, RegExp])[] = [
    ['a wrong password', () => ({ password: wrong }), /HTTP 401: authorization failed/, /credentials/],
    ['no login at all', () => ({ username: undefined, password: undefined }), /HTTP 401/, /credentials/],
    ['another authority', () => ({ tls: { ca_file: at.otherCa } }), /certificate/, /tls\.ca_file/],
    ['the authorities of the system', () => ({ tls: undefined }), /certificate/, /tls\.ca_file/],
    [
      'no https',
      () => ({ url: at.influx.replace('https', 'http'), tls: undefined }),
      /HTTP request to an HTTPS server/,
      /wants https/,
    ],
  ];
  for (const [name, changes, message, hint] of refusals) {
    test(`says at once that it is ${name}, and no secret`, async () => {
      const { sink, told } = sinkWith(changes());
      const outcome = await sink.deliver([scoresOf('a', 2)]).catch((error: unknown) => error);
      await sink.close();
      const everything = inspect([outcome, told.logs, sink.health()], { depth: 12, showHidden: true });
      for (const secret of [wrong, at.password]) {
        assert.ok(!everything.includes(secret) && !everything.includes(btoa(`${at.user}:${secret}`)));
      }
      assert.ok(outcome instanceof Error, everything);
      assert.match(outcome.message, message);
      const { code, hint: what, retryable } = outcome as unknown as Record<string, string | boolean>;
      assert.deepEqual([code, retryable], ['ACCESS_DENIED', false]);
      assert.match(String(what), hint);
    });
  }

  test('doctor finds it, and says what is wrong with a certificate', async () => {
    const well = await checkInflux(at.influx, deadlineOf(5000), { ca_file: at.ca });
    assert.equal(well.status, 'ok', well.detail);
    const bad = await checkInflux(at.influx, deadlineOf(5000), { ca_file: at.otherCa });
    assert.equal(bad.status, 'failed');
    assert.match(bad.remedy, /tls\.ca_file/);
  });

  test('reading back says the same', async () => {
    await assert.rejects(rowsOf({ ...server, password: wrong }, 'SHOW DATABASES'), (error) => {
      assert.match(String(error), /HTTP 401/);
      assert.ok(!inspect(error, { depth: 12 }).includes(wrong));
      return true;
    });
    await assert.rejects(rowsOf({ ...server, tls: { ca_file: at.otherCa } }, 'SHOW DATABASES'), /certificate/);
  });
});

const v2 = process.env.DRIFTCAST_TEST_INFLUX_V2;
const token = process.env.DRIFTCAST_TEST_INFLUX_V2_TOKEN ?? '';
const skipV2 =
  v2 === undefined &&
  'set DRIFTCAST_TEST_INFLUX_V2 and _TOKEN=user:password (deploy/native/influxdb.sh up --version 1.8.10 --auth user)';

describe('InfluxDB by /api/v2/write', { skip: skipV2 }, () => {
  const [username = '', password = ''] = token.split(':');
  const server: Server = { url: v2 ?? '', database, username, password };
  // A bucket is made by whoever runs the server.
  before(() => rowsOf(server, `CREATE DATABASE "${database}"`));
  after(() => rowsOf(server, `DROP DATABASE "${database}"`));
  const sinkWith = (changes: Record<string, unknown> = {}) => {
    const bucket = { bucket: `${database}/autogen`, org: 'plant', token };
    const options = influxdbSink.options.parse({ url: v2, ...bucket, retry_ms_max: 1000, ...changes });
    return influxdbSink.build(options, contextWith());
  };

  test('writes to a bucket with a token; writing again changes nothing', async () => {
    const sink = sinkWith();
    assert.deepEqual(await sink.deliver([scoresOf('a', 300)]), []);
    assert.deepEqual(await sink.deliver([scoresOf('a', 300), scoresOf('b', 5)]), []);
    await sink.close();
    assert.deepEqual(await rowsOf(server, 'SELECT count(score) FROM driftcast_score'), [[0, 305]]);
    assert.deepEqual(await rowsOf(server, `SELECT score FROM driftcast_score WHERE "series" = 'b' LIMIT 1`), [
      [1000, 0],
    ]);
  });

  test('a refused point comes back with the reason of the server, the others are stored', async () => {
    const options = { url: v2 ?? '', token, bucket: `${database}/autogen`, org: 'plant', timeout_ms: 5000 };
    const client = createInfluxClient({ ...options, database }, systemClock, (path) => path);
    assert.deepEqual(await client.write(['driftcast_alert,series=x,kind=anomaly summary=1 10000']), { kind: 'done' });
    const sink = sinkWith();
    const letters = await sink.deliver([scoresOf('c', 4), { verdict: null, alerts: [alertWith()] }]);
    await sink.close();
    assert.equal(letters.length, 1, JSON.stringify(letters));
    assert.match(letters[0].detail, /field type conflict.*summary/);
    const answer = await client.write(['m v=1 1000', 'm v= 2000', 'm v=3 3000']);
    assert.ok(answer.kind === 'rejected', JSON.stringify(answer));
    assert.deepEqual([...(answer.refused ?? [])], [['m v= 2000', 'missing field value']]);
    client.close();
    assert.deepEqual(await rowsOf(server, 'SELECT count(v) FROM m'), [[0, 2]]);
  });

  test('a wrong token is ACCESS_DENIED, a bucket that is not there says so; neither shows the token', async () => {
    for (const [changes, code, said] of [
      [{ token: 'plant:hunter2' }, 'ACCESS_DENIED', /HTTP 401/],
      [{ bucket: 'none/autogen' }, 'SINK_FAILED', /not found/],
    ] as const) {
      const sink = sinkWith(changes);
      await assert.rejects(sink.deliver([scoresOf('a', 1)]), (error) => {
        assert.equal((error as { code?: unknown }).code, code);
        assert.match(String(error), said);
        assert.doesNotMatch(inspect(error, { depth: 12, showHidden: true }), new RegExp(`hunter2|${password}`));
        return true;
      });
      await sink.close();
    }
  });
});
