import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { systemClock } from '../../src/core/clock.ts';
import { createInfluxClient, type InfluxConnection } from '../../src/sink/influxdb-client.ts';
import { selfSigned, withoutOpenssl } from '../support/certificates.ts';
import { fakeServer, type Received } from './fixtures.ts';

type Answer = (response: ServerResponse, request: Received, number: number) => void;

async function clientFor(t: TestContext, answer: Answer, changes: Partial<InfluxConnection> = {}, path = '') {
  const server = await fakeServer(answer);
  t.after(() => server.close());
  const connection = { url: server.url + path, database: 'plant', timeout_ms: 2000, ...changes };
  const client = createInfluxClient(connection, systemClock, (path) => path);
  t.after(() => client.close());
  return { client, server };
}

const status =
  (code: number, text = '', headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end(text);

describe('createInfluxClient', () => {
  test('puts exactly the given lines on the wire, in milliseconds, without credentials', async (t) => {
    const { client, server } = await clientFor(t, status(204), {}, '/proxy/');
    const lines = ['a\\ b,t=\\,\\=ü v="\\\\\'\\"",w=1i 5', 'c v=1e+21 6'];
    assert.deepEqual(await client.write(lines), { kind: 'done' });
    const [request] = server.received;
    assert.equal(request.body, lines.join('\n'));
    const url = new URL(request.url, server.url);
    assert.equal(url.pathname, '/proxy/write');
    assert.equal(url.searchParams.get('db'), 'plant');
    assert.equal(url.searchParams.get('precision'), 'ms');
    assert.equal(request.headers.authorization, undefined);
  });

  test('sends user and password, or a token, and the retention policy', async (t) => {
    const basic = await clientFor(t, status(204), { username: 'ann', password: 's3cret', retention_policy: 'week' });
    await basic.client.write(['m v=1 1']);
    assert.equal(basic.server.received[0].headers.authorization, `Basic ${btoa('ann:s3cret')}`);
    assert.equal(new URL(basic.server.received[0].url, basic.server.url).searchParams.get('rp'), 'week');
    const token = await clientFor(t, status(204), { token: 'abc' });
    await token.client.write(['m v=1 1']);
    assert.equal(token.server.received[0].headers.authorization, 'Token abc');
  });

  test('compresses what is larger than a packet, where it is told to', async (t) => {
    const lines = Array.from({ length: 500 }, (_, row) => `driftcast_score,series=pump-1 score=${row / 7} ${row}`);
    const { client, server } = await clientFor(t, status(204), { gzip: true });
    assert.deepEqual(await client.write(lines), { kind: 'done' });
    assert.deepEqual(await client.write(['m v=1 1']), { kind: 'done' });
    const [large, small] = server.received;
    assert.equal(large.headers['content-encoding'], 'gzip');
    assert.equal(large.headers['content-length'], String(large.bytes.length));
    assert.equal(gunzipSync(large.bytes).toString(), lines.join('\n'));
    assert.ok(large.bytes.length * 3 < lines.join('\n').length, `${large.bytes.length} bytes`);
    assert.equal(small.headers['content-encoding'], undefined);
    assert.equal(small.body, 'm v=1 1');
  });

  test('writes to a bucket with a token', async (t) => {
    const { client, server } = await clientFor(t, status(204), { bucket: 'plant/week', org: 'works', token: 'a:b' });
    assert.deepEqual(await client.write(['m v=1 1']), { kind: 'done' });
    const [{ url, headers }] = server.received;
    const { pathname, searchParams } = new URL(url, server.url);
    assert.equal(pathname, '/api/v2/write');
    assert.deepEqual([...searchParams.entries()].sort(), [
      ['bucket', 'plant/week'],
      ['org', 'works'],
      ['precision', 'ms'],
    ]);
    assert.equal(headers.authorization, 'Token a:b');
  });

  test('a server with another authority’s certificate is denied, with what to do', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'driftcast-influx-tls-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [own, other] = [selfSigned(folder, 'own'), selfSigned(folder, 'other')];
    if (own === null || other === null) return t.skip(withoutOpenssl);
    const server = createServer({ cert: readFileSync(own.cert), key: readFileSync(own.key) }, (_, response) => {
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (ca_file: string) =>
      createInfluxClient({ url, database: 'd', timeout_ms: 2000, tls: { ca_file } }, systemClock, (path) => path);
    assert.deepEqual(await ask(own.cert).write(['m v=1 1']), { kind: 'done' });
    const answer = await ask(other.cert).write(['m v=1 1']);
    assert.ok(answer.kind === 'denied' && answer.access, JSON.stringify(answer));
    assert.match(answer.hint ?? '', /tls\.ca_file/);
  });

  test('creates the database', async (t) => {
    const { client, server } = await clientFor(t, status(200, '{"results":[{"statement_id":0}]}'));
    assert.deepEqual(await client.createDatabase(), { kind: 'done' });
    assert.equal(new URL(server.received[0].url, server.url).searchParams.get('q'), 'create database "plant"');
  });

  const error = (text: string) => ({ 'x-influxdb-error': text });
  const answers: readonly (readonly [string, Answer, unknown])[] = [
    [
      'a partial write',
      status(400, '', error('partial write: field type conflict: v is type float dropped=3')),
      {
        kind: 'rejected',
        reason: 'HTTP 400: partial write: field type conflict: v is type float dropped=3',
        text: 'partial write: field type conflict: v is type float dropped=3',
        dropped: 3,
        refused: new Map(),
      },
    ],
    [
      'a refusal without the header',
      status(400, '{"error":"no"}'),
      { kind: 'rejected', reason: 'HTTP 400: no', text: 'no', dropped: null, refused: new Map() },
    ],
    [
      'a 400 that is not of InfluxDB',
      status(400, 'Client sent an HTTP request to an HTTPS server.\n'),
      {
        kind: 'denied',
        reason: 'HTTP 400: A 400 Bad Request error occurred: Client sent an HTTP request to an HTTPS server.',
        access: true,
        hint: 'This is no answer of InfluxDB’s: check the port, and whether it wants https.',
      },
    ],
    [
      'a body that is too large',
      status(413, '', error('Request Entity Too Large')),
      { kind: 'too_large', reason: 'HTTP 413: Request Entity Too Large' },
    ],
    [
      'a missing database',
      status(404, '', error('database not found: "plant"')),
      { kind: 'no_database', reason: 'HTTP 404: database not found: "plant"' },
    ],
    ['no such page', status(404, '', error('what?')), { kind: 'denied', reason: 'HTTP 404: what?', access: false }],
    [
      'wrong credentials',
      status(401, '', error('authorization failed')),
      { kind: 'denied', reason: 'HTTP 401: authorization failed', access: true },
    ],
    ['too many requests', status(429, '', error('slow down')), { kind: 'unavailable', reason: 'HTTP 429: slow down' }],
    ['a server in trouble', status(503, 'x'), { kind: 'unavailable', reason: 'Service Unavailable' }],
  ];
  for (const [name, answer, expected] of answers) {
    test(`tells ${name}`, async (t) => {
      const { client } = await clientFor(t, answer);
      assert.deepEqual(await client.write(['m v=1 1']), expected);
    });
  }

  test('keeps the count of a very long refusal', async (t) => {
    const { client } = await clientFor(t, status(400, '', error(`partial write: ${'x'.repeat(5000)} dropped=7`)));
    const answer = await client.write(['m v=1 1']);
    assert.equal(answer.kind === 'rejected' && answer.dropped, 7);
    assert.ok('reason' in answer && answer.reason.length < 400);
  });

  const stalls: readonly (readonly [string, Answer])[] = [
    ['never answers', () => undefined],
    [
      'stalls behind the head of a 400',
      (response) => void response.writeHead(400, { 'content-length': '100' }).write('x'),
    ],
    [
      'stalls behind the head of a 503',
      (response) => void response.writeHead(503, { 'content-length': '100' }).write('x'),
    ],
    [
      'drops behind the head of a 200',
      (response) => void response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy()),
    ],
    [
      'drops behind the head of a 400',
      (response) => void response.writeHead(400, { 'content-length': '100' }).write('x', () => response.destroy()),
    ],
    ['drops before any answer', (response) => response.destroy()],
  ];
  for (const [name, answer] of stalls) {
    test(`settles and goes on when the server ${name}`, async (t) => {
      let broken = true;
      const { client } = await clientFor(t, (...all) => (broken ? answer(...all) : status(204)(...all)), {
        timeout_ms: 100,
      });
      assert.equal((await client.write(['m v=1 1'])).kind, 'unavailable');
      broken = false;
      // The client's own pool would lock the host out now, for far longer than this takes. On a busy machine an answer may miss 100 ms.
      let after = await client.write(['m v=1 1']);
      for (let more = 0; more < 20 && after.kind === 'unavailable'; more++) after = await client.write(['m v=1 1']);
      assert.deepEqual(after, { kind: 'done' });
    });
  }

  test('a call that is over its deadline leaves no connection behind', async (t) => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const stall: Answer = (response) => {
      response.on('close', closed);
      response.writeHead(200, { 'content-length': '100' }).write('x');
    };
    const { client } = await clientFor(t, stall, { timeout_ms: 50 });
    assert.equal((await client.write(['m v=1 1'])).kind, 'unavailable');
    await gone;
  });

  test('a server that is not there is unavailable', async () => {
    const server = await fakeServer(status(204));
    await server.close();
    const connection = { url: server.url, database: 'plant', timeout_ms: 2000, password: 's3cret', username: 'ann' };
    const answer = await createInfluxClient(connection, systemClock, (path) => path).write(['m v=1 1']);
    assert.equal(answer.kind, 'unavailable');
    assert.match('reason' in answer ? answer.reason : '', /ECONNREFUSED/);
    assert.doesNotMatch(JSON.stringify(answer), /s3cret|Basic/);
  });

  test('knows whether the retention policy is missing', async (t) => {
    const policies = '{"results":[{"series":[{"columns":["name","duration"],"values":[["week","168h"]]}]}]}';
    const lacks = async (retention_policy: string | undefined, answer: Answer) =>
      (await clientFor(t, answer, { retention_policy })).client.lacksRetentionPolicy();
    assert.equal(await lacks('week', status(200, policies)), false);
    assert.equal(await lacks('month', status(200, policies)), true);
    assert.equal(await lacks('month', status(403)), null);
    assert.equal(await lacks(undefined, status(200, policies)), false);
  });
});
