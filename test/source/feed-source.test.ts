import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreditGate } from '../../src/core/component.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import type { SourceEvent } from '../../src/core/record.ts';
import { createFeedSource, type FeedItem } from '../../src/source/feed-source.ts';
import { fakeClock } from './fake-clock.ts';
import { drain, openGate, recordsOf } from './fake-context.ts';

const item = (k: number): FeedItem => ({ key: `s${k}`, value: Buffer.from(String(k)), timestampMs: k * 1000 });

function* items(count: number): Generator<FeedItem> {
  for (let k = 0; k < count; k++) yield item(k);
}

const source = (
  open: (signal: AbortSignal) => Iterable<FeedItem> | AsyncIterable<FeedItem>,
  speed = 0,
  clock = fakeClock(),
) => createFeedSource({ topic: 't', clock, speed, open, progress: () => 0.5 });

test('reset, records at offsets from 0, closed with ended', async () => {
  const events = await drain(source(() => items(3)));
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['reset', 'record', 'record', 'record', 'closed'],
  );
  assert.deepEqual(events[0], { kind: 'reset', topic: 't', partition: 0, generation: 1 });
  assert.deepEqual(events[4], { kind: 'closed', topic: 't', partition: 0, generation: 1, ended: true });
  recordsOf(events).forEach((record, k) => {
    assert.deepEqual(record, { ...item(k), position: { topic: 't', partition: 0, generation: 1, offset: k } });
  });
});

test('emits only while there is credit, and pulls no more than one item ahead', async () => {
  let pulled = 0;
  function* counted(): Generator<FeedItem> {
    for (const each of items(50)) {
      pulled += 1;
      yield each;
    }
  }
  let credits = 0;
  let wake = () => {};
  const gate: CreditGate = {
    get free() {
      return credits > 0;
    },
    whenFree: () => new Promise((resolve) => (wake = resolve)),
  };
  const events: SourceEvent[] = [];
  const running = source(counted).run((event) => {
    assert.ok(credits > 0, 'emitted without credit');
    credits -= 1;
    events.push(event);
  }, gate);
  for (let total = 0; total < 52; total += 4) {
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(events.length, total);
    assert.ok(pulled <= total + 1, `${pulled} pulled after ${total} events`);
    credits += 4;
    wake();
  }
  await running;
  assert.equal(events.length, 52);
});

test('a feed that never waits leaves the event loop its turns', async () => {
  let turns = 0;
  const countTurn = () => {
    turns += 1;
    if (turns < 5) setImmediate(countTurn);
  };
  setImmediate(countTurn);
  const events = await drain(source(() => items(256 * 20)));
  assert.equal(recordsOf(events).length, 256 * 20);
  assert.equal(turns, 5, 'others had no turn while the feed was read');
});

test('stop ends the run without closing the partition; nothing is emitted after it', async () => {
  const endless = source(function* () {
    for (let k = 0; ; k++) yield item(k);
  });
  const events = await drain(endless, (event) => {
    if (event.kind === 'record' && event.record.position.offset === 600) void endless.stop();
  });
  assert.equal(recordsOf(events).length, 601);
  assert.equal(events.at(-1)?.kind, 'record');
  assert.deepEqual(endless.health(), { ok: true, detail: 'stopped' });
});

test('stop ends a run that waits for credit', async () => {
  const waiting = source(() => items(5));
  const gate: CreditGate = {
    free: false,
    whenFree: (signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true })),
  };
  const running = waiting.run(() => assert.fail('emitted without credit'), gate);
  await waiting.stop();
  await running;
});

test('pacing goes by event time; items without one are passed on at once', async () => {
  const clock = fakeClock();
  const feed = [item(0), { ...item(1), timestampMs: null }, item(2), item(10)];
  await drain(source(() => feed, 10, clock));
  assert.equal(clock.monotonicMs(), 1000);
});

test('an error of the feed rejects the run and shows in the health', async () => {
  const failing = source(function* () {
    yield item(0);
    throw new DriftcastError('DATA_UNREADABLE', 'reading x: gone');
  });
  await assert.rejects(
    failing.run(() => {}, openGate),
    { code: 'DATA_UNREADABLE' },
  );
  assert.deepEqual(failing.health(), { ok: false, detail: 't: reading x: gone' });
});

test('commits are accepted, before and after the end', async () => {
  const any = source(() => items(1));
  await any.commit([{ topic: 't', partition: 0, generation: 1, nextOffset: 1 }]);
  await drain(any);
  await any.commit([]);
  await any.close();
  assert.equal(any.progress(), 0.5);
});
