import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { HttpProxy } from './http-proxy.ts';

describe('HttpProxy', () => {
  let server: Server;
  let proxy: HttpProxy;
  const served: string[] = [];
  const accepted: string[] = [];

  before(async () => {
    server = createServer(async (request, response) => {
      const coded = await buffer(request);
      const body = String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(coded) : coded);
      served.push(`${request.method} ${request.url} ${body}`);
      response.writeHead(body === 'bad' ? 400 : 204, { 'x-influxdb-error': 'because' }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await HttpProxy.listen(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, (target, body) =>
      accepted.push(`${target} ${body}`),
    );
  });
  after(async () => {
    await proxy.close();
    server.close();
  });

  const post = (body: string) => fetch(`http://127.0.0.1:${proxy.port}/write?db=a`, { method: 'POST', body });

  it('passes requests and answers, and tells what the server has accepted', async () => {
    assert.equal((await post('good')).status, 204);
    const refused = await post('bad');
    assert.deepEqual([refused.status, refused.headers.get('x-influxdb-error')], [400, 'because']);
    assert.deepEqual(served, ['POST /write?db=a good', 'POST /write?db=a bad']);
    assert.deepEqual(accepted, ['/write?db=a good']);
    assert.equal(proxy.met, 0);
  });

  it('passes on what is compressed as it is, and tells what was in it', async () => {
    const headers = { 'content-encoding': 'gzip' };
    await fetch(`http://127.0.0.1:${proxy.port}/write?db=a`, { method: 'POST', body: gzipSync('small'), headers });
    assert.equal(served.at(-1), 'POST /write?db=a small');
    assert.equal(accepted.at(-1), '/write?db=a small');
  });

  it('answers by itself, and the server never hears of it', async () => {
    proxy.behave(() => ({ kind: 'answer', status: 503, error: 'timeout' }));
    const answer = await post('unheard');
    proxy.pass();
    assert.deepEqual([answer.status, await answer.json()], [503, { error: 'timeout' }]);
    assert.ok(!served.some((line) => line.includes('unheard')));
    assert.equal(proxy.met, 1);
  });

  for (const reached of [true, false]) {
    it(`drops the connection behind the head, ${reached ? 'after' : 'before'} the server has had the request`, async () => {
      proxy.behave(() => ({ kind: 'drop', reached }));
      const answer = await post(`dropped ${reached}`);
      proxy.pass();
      assert.equal(answer.status, 200);
      await assert.rejects(answer.text());
      assert.equal(accepted.includes(`/write?db=a dropped ${reached}`), reached);
    });
  }

  it('passes a request that has to wait even when its client has gone, as a slow server does', async () => {
    proxy.behave(() => ({ kind: 'delay', ms: 60 }));
    const gone = new AbortController();
    const late = once(server, 'request');
    const asked = fetch(`http://127.0.0.1:${proxy.port}/write?db=a`, {
      method: 'POST',
      body: 'late',
      signal: gone.signal,
    });
    setTimeout(() => gone.abort(), 20);
    await assert.rejects(asked);
    await late;
    proxy.pass();
  });
});
