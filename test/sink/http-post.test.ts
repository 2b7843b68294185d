import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { postJson } from '../../src/sink/http-post.ts';
import { fakeServer } from './fixtures.ts';

async function postTo(
  t: TestContext,
  answer: (response: ServerResponse) => void,
  signal = new AbortController().signal,
  timeoutMs = 2000,
) {
  const server = await fakeServer(answer);
  t.after(() => server.close());
  const headers = { Authorization: 'Bearer s3cret' };
  const result = await postJson({ url: `${server.url}/hook`, headers, timeoutMs }, [{ a: 1 }], systemClock, signal);
  return { result, server };
}

describe('postJson', () => {
  test('posts JSON with the headers', async (t) => {
    const { result, server } = await postTo(t, (response) => response.writeHead(200).end('ok'));
    assert.deepEqual(result, { kind: 'done' });
    const [{ method, url, headers, body }] = server.received;
    assert.deepEqual(
      [method, url, headers.authorization, headers['content-type'], body],
      ['POST', '/hook', 'Bearer s3cret', 'application/json', '[{"a":1}]'],
    );
  });

  for (const [code, kind] of [
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [302, 'refused'],
    [408, 'unavailable'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ] as const) {
    test(`HTTP ${code} is ${kind}`, async (t) => {
      const { result, server } = await postTo(t, (response) =>
        response.writeHead(code, { location: '/elsewhere' }).end('why'),
      );
      assert.deepEqual(result, { kind, reason: `HTTP ${code}: why` });
      assert.equal(server.received.length, 1);
    });
  }

  test('reads only the beginning of a long answer', async (t) => {
    const { result } = await postTo(t, (response) => response.writeHead(400).end('x'.repeat(10_000_000)));
    assert.ok(result.kind === 'refused' && result.reason.length < 400);
  });

  const faults: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ['never answers', () => undefined],
    ['stalls behind the head', (response) => void response.writeHead(200, { 'content-length': '100' }).write('x')],
    [
      'drops behind the head',
      (response) => void response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy()),
    ],
    ['drops before any answer', (response) => response.destroy()],
  ];
  for (const [name, answer] of faults) {
    test(`settles when the receiver ${name}`, async (t) => {
      const { result } = await postTo(t, answer, undefined, 100);
      assert.equal(result.kind, 'unavailable');
      assert.doesNotMatch(JSON.stringify(result), /s3cret/);
    });
  }

  test('breaks off when it is told to', async (t) => {
    const closing = new AbortController();
    const { result } = await postTo(t, () => closing.abort(), closing.signal, 600_000);
    assert.equal(result.kind, 'unavailable');
  });
});
