import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { type InfluxSeries, type InfluxServer, queryInflux } from '../../../src/cli/history/influx-query.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { DriftcastError } from '../../../src/core/errors.ts';

async function serve(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;
async function ask(server: InfluxServer, clock: Clock = systemClock, signal = never): Promise<InfluxSeries[]> {
  const all: InfluxSeries[] = [];
  for await (const series of queryInflux(server, 'SELECT 1', clock, signal)) all.push(series);
  return all;
}
const failsWith = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriftcastError && error.code === 'SOURCE_FAILED', String(error));
  assert.match(error.message, message);
  assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/);
  return true;
};
const piece = (value: number) =>
  `${JSON.stringify({ results: [{ series: [{ name: 'm', columns: ['time', 'v'], values: [[1, value]] }] }] })}\n`;

describe('queryInflux', () => {
  test('asks for milliseconds in pieces, and yields them as they come, wherever they are cut', async (t) => {
    const asked: URL[] = [];
    const url = await serve(t, (request, response) => {
      asked.push(new URL(request.url ?? '', 'http://x'));
      const text = piece(1) + piece(2) + piece(3).trimEnd();
      for (let i = 0; i < text.length; i += 17) response.write(text.slice(i, i + 17));
      response.end();
    });
    const got = await ask({ url: `${url}/influx`, database: 'd b' });
    assert.deepEqual(
      got.map(({ values }) => values[0]?.[1]),
      [1, 2, 3],
    );
    const { pathname, searchParams } = asked[0] ?? assert.fail();
    assert.equal(pathname, '/influx/query');
    assert.deepEqual(
      ['db', 'epoch', 'chunked', 'q'].map((name) => searchParams.get(name)),
      ['d b', 'ms', 'true', 'SELECT 1'],
    );
  });

  test('logs in, and never tells with what', async (t) => {
    const seen: (string | undefined)[] = [];
    const url = await serve(t, (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end('{"error":"authorization failed"}');
    });
    const fails = failsWith(/asking InfluxDB at http.*, database d: HTTP 401: authorization failed/);
    await assert.rejects(ask({ url, database: 'd', username: 'u', password: 'secret' }), fails);
    await assert.rejects(ask({ url, database: 'd', token: 'secret' }), fails);
    await assert.rejects(ask({ url, database: 'd' }), fails);
    assert.deepEqual(seen, [`Basic ${Buffer.from('u:secret').toString('base64')}`, 'Token secret', undefined]);
  });

  test('errors in the midst of an answer are errors', async (t) => {
    const url = await serve(t, (_, response) => response.end(`${piece(1)}{"results":[{"error":"out of memory"}]}\n`));
    await assert.rejects(ask({ url, database: 'd' }), failsWith(/out of memory/));
    const broken = await serve(t, (_, response) => {
      response.write(piece(1));
      setImmediate(() => response.destroy());
    });
    await assert.rejects(ask({ url: broken, database: 'd' }), failsWith(/asking InfluxDB/));
  });

  test('nobody there, and somebody who says nothing', async (t) => {
    await assert.rejects(ask({ url: 'http://127.0.0.1:1', database: 'd' }), failsWith(/ECONNREFUSED|bad port/));
    const url = await serve(t, () => {});
    const hasty: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 1000, signal) };
    await assert.rejects(ask({ url, database: 'd' }, hasty), failsWith(/no answer for 60 s/));
  });

  test('ends without an error where it is stopped', async (t) => {
    const stopping = new AbortController();
    const url = await serve(t, (_, response) => {
      response.write(piece(1));
      setImmediate(() => stopping.abort());
    });
    await ask({ url, database: 'd' }, systemClock, stopping.signal);
  });
});
