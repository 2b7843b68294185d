import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeInOrder } from '../../../src/cli/history/decode-in-order.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { Decoder, Source } from '../../../src/core/component.ts';
import { createFeedSource } from '../../../src/source/feed-source.ts';

const clock = { ...systemClock, sleep: () => new Promise<void>(() => {}) };

const feed = (count: number): Source =>
  createFeedSource({
    topic: 't',
    clock,
    speed: 0,
    open: () => Array.from({ length: count }, (_, i) => ({ key: null, value: Buffer.from([i]), timestampMs: null })),
    progress: () => null,
  });

function world(
  ready: (offset: number) => Promise<void> | null,
  signal = new AbortController().signal,
  sleep: Clock['sleep'] = clock.sleep,
) {
  const taken: number[] = [];
  const decoder: Decoder = {
    ready: ({ position }) => ready(position.offset),
    decode: ({ position }) => {
      taken.push(position.offset);
      return { readings: [], rejected: [] };
    },
    health: () => ({ ok: false, detail: 'registry: down' }),
  };
  const source = feed(10);
  const io = { clock: { ...clock, sleep }, signal };
  const done = decodeInOrder({
    source,
    decoder,
    io,
    what: 'x',
    isNew: ({ position }) => position.offset !== 4,
    take: () => {},
  });
  return { taken, done, source };
}

describe('decodeInOrder', () => {
  it('keeps the order, whatever is waited for, and leaves out what is not new', async () => {
    const known = new Set<number>();
    const { taken, done } = world((offset) =>
      offset % 3 !== 0 || known.has(offset)
        ? null
        : new Promise((resolve) =>
            setImmediate(() => {
              known.add(offset);
              resolve();
            }),
          ),
    );
    await done;
    assert.deepEqual(taken, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
  });

  it('ends with what went wrong with waiting', async () => {
    const { taken, done } = world((offset) => (offset < 2 ? null : Promise.reject(new Error('refused'))));
    await assert.rejects(done, /refused/);
    assert.deepEqual(taken, [0, 1]);
  });

  it('ends after half a minute, and says what it waited for', async () => {
    const { done } = world(
      () => new Promise(() => {}),
      undefined,
      async () => {},
    );
    await assert.rejects(done, /waited 30 s to decode a message: registry: down/);
  });

  it('ends quietly when it is told to stop', async () => {
    const stopping = new AbortController();
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    const { taken, done, source } = world(() => new Promise(() => {}), stopping.signal, sleep);
    setImmediate(() => {
      stopping.abort();
      void source.stop();
    });
    await done;
    assert.deepEqual(taken, []);
  });
});
