import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import type { AlertTransition } from '../../src/core/alert.ts';
import { webhookSink } from '../../src/sink/webhook.ts';
import { alertWith, contextWith, fakeServer, type Received, recordingTelemetry, scoresOf } from './fixtures.ts';

type Answer = (response: ServerResponse, request: Received, number: number) => void;

async function sinkFor(t: TestContext, answer: Answer, options: Record<string, unknown> = {}) {
  const server = await fakeServer(answer);
  t.after(() => server.close());
  const { telemetry, told } = recordingTelemetry();
  const chosen = {
    url: `${server.url}/hook/path-s3cret`,
    headers: { Authorization: 'Bearer s3cret-word' },
    ...options,
  };
  const sink = webhookSink.build(webhookSink.options.parse(chosen), contextWith({ telemetry }));
  t.after(() => sink.close());
  return { sink, server, told };
}

const outcomeOf = (...alerts: AlertTransition[]) => ({ verdict: null, alerts });
const seriesIn = (body: string) =>
  (JSON.parse(body) as { labels: { series: string } }[]).map(({ labels }) => labels.series);

describe('webhookSink', () => {
  test('its examples validate; broken headers and credentials in the URL do not', () => {
    for (const example of webhookSink.examples) webhookSink.options.parse(example);
    const url = 'http://hook';
    for (const wrong of [
      { url: 'http://a:b@hook' },
      { url: 'hook' },
      { url, headers: { 'a b': 'c' } },
      { url, headers: { a: 'b\nc' } },
    ]) {
      assert.equal(webhookSink.options.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });

  test('posts firing and resolved alerts of a batch in one request, in order', async (t) => {
    const { sink, server, told } = await sinkFor(t, (response) => response.end());
    const states = ['pending', 'firing', 'resolved'] as const;
    const batch = states.map((state) => outcomeOf(alertWith({ state, series: state })));
    assert.deepEqual(await sink.deliver([scoresOf('s', 1), ...batch]), []);
    assert.equal(server.received.length, 1);
    assert.deepEqual(seriesIn(server.received[0].body), ['firing', 'resolved']);
    assert.equal(server.received[0].headers.authorization, 'Bearer s3cret-word');
    assert.equal(told.counts.get('points_written_total{"sink":"webhook"}'), 2);
  });

  test('a batch without alerts is no request', async (t) => {
    const { sink, server } = await sinkFor(t, (response) => response.end());
    await sink.deliver([scoresOf('s', 3), outcomeOf(alertWith({ state: 'pending' }))]);
    assert.equal(server.received.length, 0);
  });

  test('repeats while the receiver is in trouble; nothing is lost', async (t) => {
    const answer: Answer = (response, _, number) => response.writeHead(number <= 2 ? 503 : 200).end();
    const { sink, server, told } = await sinkFor(t, answer);
    await sink.deliver([outcomeOf(alertWith())]);
    assert.equal(server.received.length, 3);
    assert.equal(told.counts.get('sink_retries_total{"sink":"webhook"}'), 2);
    assert.equal(sink.health().ok, true);
  });

  test('a refused alert is a dead letter and does not take the others with it', async (t) => {
    const accepted: string[] = [];
    const answer: Answer = (response, { body }) => {
      if (seriesIn(body).includes('bad')) response.writeHead(400).end('invalid label');
      else {
        accepted.push(...seriesIn(body));
        response.end();
      }
    };
    const { sink } = await sinkFor(t, answer);
    const letters = await sink.deliver(['a', 'bad', 'b'].map((series) => outcomeOf(alertWith({ series }))));
    assert.deepEqual(
      letters.map(({ key, detail, reason }) => [key, detail, reason]),
      [['bad', 'HTTP 400: invalid label', 'sink_rejected']],
    );
    assert.deepEqual(accepted, ['a', 'b']);
    assert.equal(sink.health().ok, false);
  });

  test('gives up with SINK_FAILED, and nobody learns the headers or the path', async (t) => {
    const { sink, told } = await sinkFor(t, (response) => response.writeHead(500).end(), { retry_ms_max: 0 });
    await assert.rejects(sink.deliver([outcomeOf(alertWith())]), (error: Error) => {
      assert.equal((error as { code?: string }).code, 'SINK_FAILED');
      assert.match(
        error.message,
        /^posting alerts to the webhook at http:\/\/127.0.0.1:\d+: gave up after 0 ms: HTTP 500/,
      );
      assert.doesNotMatch([error.message, ...told.logs, sink.health().detail].join(), /s3cret/);
      return true;
    });
  });
});
