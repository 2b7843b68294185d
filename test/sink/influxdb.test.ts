import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { DriftcastError } from '../../src/core/errors.ts';
import { influxdbSink } from '../../src/sink/influxdb.ts';
import { contextWith, fakeServer, type Received, recordingTelemetry, scoresOf } from './fixtures.ts';

type Answer = (response: ServerResponse, request: Received, number: number) => void;
const ok: Answer = (response) => response.writeHead(204).end();

async function sinkFor(t: TestContext, answer: Answer, options: Record<string, unknown> = {}) {
  const server = await fakeServer(answer);
  t.after(() => server.close());
  const { telemetry, told } = recordingTelemetry();
  const chosen = { url: server.url, username: 'ann', password: 's3cret-word', timeout_ms: 2000, ...options };
  const sink = influxdbSink.build(influxdbSink.options.parse(chosen), contextWith({ telemetry }));
  t.after(() => sink.close());
  return { sink, server, told };
}

describe('influxdbSink', () => {
  test('its examples validate; credentials in the URL and unknown options do not', () => {
    for (const example of influxdbSink.examples) influxdbSink.options.parse(example);
    for (const url of ['http://ann:pw@db:8086', 'ftp://db', 'db:8086', '']) {
      assert.equal(influxdbSink.options.safeParse({ url }).success, false, url);
    }
    assert.equal(influxdbSink.options.safeParse({ url: 'http://db:8086', databse: 'x' }).success, false);
  });

  test('options that do not go together are refused', () => {
    const refused: readonly Record<string, unknown>[] = [
      { token: 'a', username: 'ann' },
      { org: 'works' },
      { bucket: 'b', username: 'ann', password: 'x' },
      { bucket: 'b', retention_policy: 'week' },
      { tls: { ca_file: 'ca.pem' } },
    ];
    for (const more of refused) {
      const { success } = influxdbSink.options.safeParse({ url: 'http://db:8086', ...more });
      assert.equal(success, false, JSON.stringify(more));
    }
  });

  for (const [how, options, secrets] of [
    ['user and password', {}, ['s3cret-word', btoa('ann:s3cret-word')]],
    ['a token', { username: undefined, password: undefined, token: 's3cret-token' }, ['s3cret-token']],
  ] as const) {
    const faults: readonly (readonly [string, Answer])[] = [
      ['401', (response) => response.writeHead(401, { 'x-influxdb-error': 'authorization failed' }).end()],
      ['400', (response) => response.writeHead(400, { 'x-influxdb-error': 'partial write: no dropped=1' }).end()],
      ['404', (response) => response.writeHead(404, { 'x-influxdb-error': 'nothing here' }).end()],
      ['500', (response) => response.writeHead(500).end('{"error":"x"}')],
      ['no answer', (response) => response.destroy()],
      ['half an answer', (response) => void response.writeHead(400, { 'content-length': '9' }).write('x')],
    ];
    for (const [fault, answer] of faults) {
      test(`nothing that is told of ${fault} carries the secret of ${how}`, async (t) => {
        const { sink, told } = await sinkFor(t, answer, { ...options, retry_ms_max: 0, timeout_ms: 300 });
        const outcome = await sink.deliver([scoresOf('a', 1)]).catch((error: unknown) => error);
        const letters = Array.isArray(outcome) ? outcome.map((letter) => String(letter.raw)) : [];
        const shown = inspect(outcome, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null });
        const everything = [shown, ...letters, ...told.logs, inspect(sink.health())].join('\n');
        for (const secret of secrets) assert.ok(!everything.includes(secret), everything);
        assert.doesNotMatch(everything, /authorization:|Basic |Token /i);
      });
    }
  }

  test('writes all points of a batch in requests of bounded size', async (t) => {
    const { sink, server, told } = await sinkFor(t, ok, { batch_points_max: 4 });
    assert.deepEqual(await sink.deliver([scoresOf('a', 5), scoresOf('b', 5)]), []);
    assert.deepEqual(
      server.received.map(({ body }) => body.split('\n').length),
      [4, 4, 2],
    );
    assert.equal(told.counts.get('points_written_total{"sink":"influxdb"}'), 10);
    assert.equal(sink.health().ok, true);
  });

  test('rides out 503, dropped connections and silence without losing or turning round a line', async (t) => {
    const faults: Answer[] = [
      (response) => response.writeHead(503).end(),
      (response) => response.destroy(),
      (response) => void response.writeHead(200, { 'content-length': '5' }).flushHeaders(),
    ];
    const stored: string[] = [];
    const answer: Answer = (response, request, number) => {
      const fault = faults[number - 1];
      if (fault) return fault(response, request, number);
      stored.push(...request.body.split('\n'));
      ok(response, request, number);
    };
    const { sink, told } = await sinkFor(t, answer, { timeout_ms: 150 });
    await Promise.all([sink.deliver([scoresOf('a', 3)]), sink.deliver([scoresOf('b', 2)])]);
    assert.deepEqual(
      stored.map((line) => line.replace(/^driftcast_score,series=(\w) .* (\d+)$/, '$1$2')),
      ['a1000', 'a2000', 'a3000', 'b1000', 'b2000'],
    );
    assert.equal(told.counts.get('sink_retries_total{"sink":"influxdb"}'), 3);
    assert.equal(sink.health().ok, true);
  });

  test('refused points become dead letters with the reason of the server', async (t) => {
    const answer: Answer = (response, request) => {
      const refused = request.body.split('\n').filter((line) => line.includes('series=bad')).length;
      const text = `partial write: field type conflict dropped=${refused}`;
      if (refused > 0) response.writeHead(400, { 'x-influxdb-error': text }).end();
      else response.writeHead(204).end();
    };
    const { sink, told } = await sinkFor(t, answer);
    const letters = await sink.deliver([scoresOf('a', 2), scoresOf('bad', 1), scoresOf('b', 2)]);
    assert.equal(letters.length, 1);
    assert.equal(letters[0].reason, 'sink_rejected');
    assert.equal(letters[0].key, 'bad');
    assert.match(letters[0].detail, /^HTTP 400: partial write: field type conflict/);
    assert.match(String(letters[0].raw), /^driftcast_score,series=bad /);
    assert.equal(told.counts.get('points_written_total{"sink":"influxdb"}'), 4);
  });

  test('gives up with SINK_FAILED, and neither error nor log nor health carries the password', async (t) => {
    const { sink, told } = await sinkFor(t, (response) => response.writeHead(503).end(), { retry_ms_max: 0 });
    await assert.rejects(sink.deliver([scoresOf('a', 1)]), (error) => {
      assert.ok(error instanceof DriftcastError);
      assert.deepEqual([error.code, error.retryable], ['SINK_FAILED', true]);
      assert.match(error.message, /InfluxDB at http:.*, database driftcast: gave up after 0 ms: Service Unavailable/);
      const everything = [error.message, error.hint, String(error.cause), ...told.logs, sink.health().detail].join();
      assert.doesNotMatch(everything, /s3cret-word|Basic|authorization/i);
      assert.ok(!everything.includes(btoa('ann:s3cret-word')));
      return true;
    });
    assert.equal(sink.health().ok, false);
  });

  test('is well again after the next success', async (t) => {
    const { sink } = await sinkFor(t, (response, _, number) => response.writeHead(number === 1 ? 401 : 204).end());
    await assert.rejects(sink.deliver([scoresOf('a', 1)]), { code: 'ACCESS_DENIED', retryable: false });
    assert.equal(sink.health().ok, false);
    await sink.deliver([scoresOf('a', 1)]);
    assert.equal(sink.health().ok, true);
  });

  test('close ends a delivery that is being repeated', async (t) => {
    const { sink, server } = await sinkFor(t, (response) => response.writeHead(503).end());
    const outcome = sink.deliver([scoresOf('a', 1)]).then(
      () => 'done',
      (error: Error) => error.message,
    );
    while (server.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await sink.close();
    assert.match(await outcome, /closed while it was trying/);
  });
});
