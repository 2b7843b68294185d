import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import type { Telemetry } from '../../src/core/telemetry.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { type DashboardOptions, startDashboard } from '../../src/dashboard/server.ts';
import type { FeedSnapshot, SeriesSnapshot } from '../../src/dashboard/view.ts';
import { fakeFeed, outcomeAt, pump1, startMs } from './helpers/fake-plant.ts';
import { createManualClock } from './helpers/manual-clock.ts';

const token = 'a long secret';
const report = (ok: boolean) => ({ ok, checks: [{ name: 'kafka', ok, detail: ok ? 'reading' : 'no broker' }] });

async function start(t: TestContext, change: Partial<DashboardOptions> = {}) {
  const feed = fakeFeed([pump1], 199);
  const dashboard = await startDashboard({
    host: '127.0.0.1',
    port: 0,
    token: '',
    feed,
    health: { liveness: () => report(true), readiness: () => report(true) },
    metricsText: () => 'driftcast_records_total 1\n',
    telemetry: silentTelemetry,
    clock: createManualClock(startMs),
    ...change,
  });
  t.after(() => dashboard.close());
  const get = (path: string, init: RequestInit = {}) => fetch(dashboard.url + path, { redirect: 'manual', ...init });
  return { dashboard, feed, get };
}

/** Sends a path as it is, where fetch would tidy it up. */
function getRaw(url: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

/** Reads a stream's events. `until(count)` gives the kinds of all events so far, once there are that many. */
function readEvents(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail('no body');
  let text = '';
  const kinds = () => [...text.matchAll(/^event: (\w+)\ndata: .*\n\n/gm)].map(([, kind]) => kind);
  return {
    async until(count: number): Promise<string[]> {
      while (kinds().length < count) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
      return kinds();
    },
    cancel: () => reader.cancel(),
  };
}

test('serves the page, its data, metrics and health', async (t) => {
  const { get } = await start(t);
  const page = await get('/');
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type') ?? '', /text\/html/);
  assert.match(await page.text(), /<script type="module" src="app.js">/);
  const state = (await (await get('/api/state')).json()) as FeedSnapshot & { status: { ready: boolean } };
  assert.equal(state.pipeline, 'pump-station');
  assert.equal(state.status.ready, true);
  const series = (await (await get(`/api/series/${encodeURIComponent(pump1.series)}`)).json()) as SeriesSnapshot;
  assert.equal(series.rows.timesMs.length, 200);
  const metrics = await get('/metrics');
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.equal(await metrics.text(), 'driftcast_records_total 1\n');
});

test('files are cached by their content only', async (t) => {
  const { get } = await start(t);
  const first = await get('/app.js');
  const etag = first.headers.get('etag') ?? assert.fail('no etag');
  assert.equal(first.headers.get('cache-control'), 'no-cache');
  assert.equal((await get('/app.js', { headers: { 'if-none-match': etag } })).status, 304);
  assert.equal((await get('/api/state')).headers.get('cache-control'), 'no-store');
});

test('health answers 503 with its checks when something is wrong, and never needs the token', async (t) => {
  const health = { liveness: () => report(true), readiness: () => report(false) };
  const { get } = await start(t, { token, health });
  assert.equal((await get('/healthz')).status, 200);
  const ready = await get('/readyz');
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), report(false));
});

test('health answers whatever the Host header says: probes use addresses and names', async (t) => {
  const { dashboard } = await start(t);
  assert.equal(await getRaw(dashboard.url, '/readyz', { host: 'pod-7.cluster' }), 200);
  assert.equal(await getRaw(dashboard.url, '/api/state', { host: 'evil.example' }), 403);
});

test('with a token nothing else opens without it', async (t) => {
  const { get } = await start(t, { token });
  for (const path of [
    '/',
    '/app.js',
    '/style.css',
    '/api/state',
    '/api/series/x',
    '/events',
    '/metrics',
    '/nowhere',
    '/healthz/../api/state',
  ]) {
    assert.equal((await get(path)).status, 401, path);
    assert.equal((await get(path, { headers: { authorization: 'Bearer wrong' } })).status, 401, path);
  }
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await get('/metrics', { headers })).status, 200);
  assert.equal((await get(`/api/state?token=${encodeURIComponent(token)}`)).status, 200);
  assert.match(await (await get('/')).text(), /<input name="token" type="password"/);
});

test('the first page load trades the token in the address for a cookie', async (t) => {
  const { get } = await start(t, { token });
  const first = await get(`/?series=a%2Fb&token=${encodeURIComponent(token)}`);
  assert.equal(first.status, 303);
  assert.equal(first.headers.get('location'), './?series=a%2Fb');
  const [cookie] = (first.headers.get('set-cookie') ?? '').split(';');
  assert.equal((await get('/', { headers: { cookie } })).status, 200);
  assert.equal((await get('/api/state', { headers: { cookie } })).status, 200);
});

test('every answer carries the security headers', async (t) => {
  const { get } = await start(t, { token });
  for (const path of ['/', '/healthz', '/nowhere', `/events?token=${encodeURIComponent(token)}`]) {
    const response = await get(path);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/, path);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(response.headers.get('x-frame-options'), 'DENY', path);
    await response.body?.cancel();
  }
});

test('no path leads out of the page', async (t) => {
  const { dashboard } = await start(t);
  const paths = [
    '/../server.ts',
    '/..%2fserver.ts',
    '/%2e%2e/server.ts',
    '/page/app.js',
    '/jsconfig.json',
    '//etc/passwd',
    '/....//server.ts',
    '/app.js%00',
    '//',
  ];
  for (const path of paths) assert.equal(await getRaw(dashboard.url, path), 404, path);
});

test('a malformed path is refused, not an error of the server', async (t) => {
  const { dashboard } = await start(t);
  assert.equal(await getRaw(dashboard.url, '/api/series/%E0%A4%A'), 400);
});

test('series names are looked up as they are, however odd', async (t) => {
  const { get, feed } = await start(t);
  for (const name of [
    'a/b c',
    '../../etc',
    '<img src=x onerror=alert(1)>',
    'ümläut%',
    'n'.repeat(1024),
    '測'.repeat(200),
  ]) {
    assert.equal((await get(`/api/series/${encodeURIComponent(name)}`)).status, 404, name);
    feed.push(outcomeAt({ ...pump1, series: name }, 203));
    const found = await get(`/api/series/${encodeURIComponent(name)}`);
    assert.equal(((await found.json()) as SeriesSnapshot).name, name);
    assert.match(found.headers.get('content-type') ?? '', /application\/json/);
  }
});

test('only reading is possible', async (t) => {
  const { get } = await start(t);
  for (const method of ['POST', 'PUT', 'DELETE'])
    assert.equal((await get('/api/state', { method })).status, 404, method);
  assert.equal((await get('/events', { method: 'HEAD' })).status, 404);
});

test('events: everything, then what changes at a later tick', async (t) => {
  const { get, feed } = await start(t, { clock: systemClock });
  const response = await get(`/events?series=${encodeURIComponent(pump1.series)}`);
  assert.match(response.headers.get('content-type') ?? '', /text\/event-stream/);
  const events = readEvents(response);
  assert.deepEqual(await events.until(3), ['state', 'series', 'status']);
  feed.push(outcomeAt(pump1, 203));
  let kinds = await events.until(4);
  while (kinds.at(-1) === 'status') kinds = await events.until(kinds.length + 1);
  assert.equal(kinds.at(-1), 'changes');
  await events.cancel();
});

test('too many live pages are refused', async (t) => {
  const { get } = await start(t, { clientsMax: 1 });
  const first = await get('/events');
  const second = await get('/events');
  assert.equal(second.status, 503);
  assert.equal(second.headers.get('retry-after'), '10');
  await first.body?.cancel();
});

test('close ends live pages and frees the port', async (t) => {
  const { get, dashboard } = await start(t);
  const response = await get('/events');
  await dashboard.close();
  const reader = response.body?.getReader() ?? assert.fail('no body');
  for (;;) if ((await reader.read()).done) break;
  await assert.rejects(get('/healthz'));
});

test('an error inside is logged by its route, without the address that may carry a token', async (t) => {
  const lines: string[] = [];
  const telemetry: Telemetry = { ...silentTelemetry, log: (_, message) => lines.push(message) };
  const metricsText = () => Promise.reject(new Error('registry broke'));
  const { get } = await start(t, { token, telemetry, metricsText });
  const response = await get(`/metrics?token=${encodeURIComponent(token)}`);
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), { error: 'internal error' });
  assert.deepEqual(lines, ['dashboard: answering /metrics: registry broke']);
});

test('an address that others reach is refused without a token', async (t) => {
  const refused = (thrown: unknown) =>
    thrown instanceof DriftcastError && thrown.code === 'CONFIG_INVALID' && /token/.test(thrown.hint ?? '');
  for (const host of ['0.0.0.0', '::', '10.0.0.7']) await assert.rejects(start(t, { host }), refused);
});

test('a port that is taken says what to do', async (t) => {
  const { dashboard } = await start(t);
  const port = Number(new URL(dashboard.url).port);
  await assert.rejects(
    start(t, { port }),
    (thrown) => thrown instanceof DriftcastError && /dashboard\.port/.test(thrown.hint ?? ''),
  );
});
