import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createEventHub } from '../../src/dashboard/event-hub.ts';
import type { FeedChanges, FeedSnapshot, SeriesSnapshot } from '../../src/dashboard/view.ts';
import { fakeFeed, outcomeAt, pump1, pump2, startMs } from './helpers/fake-plant.ts';
import { createManualClock } from './helpers/manual-clock.ts';

/** The part of a response that the hub uses; `full` says that the client does not read. */
class FakeResponse extends EventEmitter {
  readonly events: { readonly event: string; readonly data: unknown }[] = [];
  writableNeedDrain = false;
  destroyed = false;
  ended = false;
  headers: Record<string, string> = {};

  writeHead(_status: number, headers: Record<string, string>): void {
    this.headers = headers;
  }
  write(text: string): boolean {
    const [, event, data] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(text) ?? assert.fail(`not an event: ${text}`);
    this.events.push({ event, data: JSON.parse(data) });
    return !this.writableNeedDrain;
  }
  destroy(): void {
    this.destroyed = true;
  }
  end(): void {
    this.ended = true;
  }
  kinds(): string[] {
    return this.events.map(({ event }) => event);
  }
  newest<T>(): T {
    return this.events.at(-1)?.data as T;
  }
}

function create(feed = fakeFeed([pump1, pump2], 199), clientsMax = 3) {
  const clock = createManualClock(startMs);
  const hub = createEventHub({ feed, clock, clientsMax, stallMsMax: 10_000 });
  const open = (series: string | null) => {
    const response = new FakeResponse();
    const opened = hub.open(response as unknown as ServerResponse, series);
    return { response, opened };
  };
  return { feed, clock, hub, open };
}

test('a client gets everything at once, then only what changes', () => {
  const { feed, hub, open } = create();
  const { response } = open(pump2.series);
  assert.deepEqual(response.kinds(), ['state', 'series']);
  assert.equal(response.newest<SeriesSnapshot>().name, pump2.series);
  hub.tick();
  assert.deepEqual(response.kinds(), ['state', 'series']);
  feed.push(outcomeAt(pump2, 203));
  hub.tick();
  hub.tick();
  assert.deepEqual(response.kinds(), ['state', 'series', 'changes']);
  assert.equal(response.newest<FeedChanges>().detail?.rows.timesMs.length, 4);
});

test('without a wish the most unusual series is followed', () => {
  const { open } = create(fakeFeed([pump2, pump1], 599));
  assert.equal(open(null).response.newest<SeriesSnapshot>().name, pump1.series);
});

test('a page opened before any data gets the first series when it comes', () => {
  const { feed, hub, open } = create(fakeFeed([], 0));
  const { response } = open(null);
  assert.deepEqual(response.kinds(), ['state']);
  feed.push(outcomeAt(pump1, 95));
  hub.tick();
  assert.deepEqual(response.kinds(), ['state', 'changes', 'series']);
});

test('a series that is not known yet is waited for', () => {
  const { feed, hub, open } = create();
  const { response } = open('later');
  feed.push(outcomeAt(pump1, 203));
  hub.tick();
  assert.deepEqual(response.kinds(), ['state', 'changes']);
  feed.push(outcomeAt({ ...pump2, series: 'later' }, 203));
  hub.tick();
  assert.equal(response.newest<SeriesSnapshot>().name, 'later');
});

test('a client that does not read gets nothing more, and the whole difference once it reads again', () => {
  const { feed, clock, hub, open } = create();
  const { response } = open(pump1.series);
  response.writableNeedDrain = true;
  for (let row = 203; row < 243; row += 4) {
    feed.push(outcomeAt(pump1, row));
    clock.advance(250);
    hub.tick();
  }
  assert.deepEqual(response.kinds(), ['state', 'series']);
  response.writableNeedDrain = false;
  hub.tick();
  assert.equal(response.newest<FeedChanges>().detail?.rows.timesMs.length, 40);
  assert.equal(response.destroyed, false);
});

test('a client that reads nothing for too long is dropped', () => {
  const { clock, hub, open } = create();
  const slow = open(null).response;
  const other = open(null).response;
  slow.writableNeedDrain = true;
  for (let i = 0; i < 50; i++) {
    clock.advance(250);
    hub.tick();
  }
  assert.deepEqual([slow.destroyed, other.destroyed], [true, false]);
  assert.equal(hub.clients, 1);
});

test('clients are bounded, and a place is free again when one leaves', () => {
  const { hub, open } = create();
  const first = open(null).response;
  assert.deepEqual([open(null).opened, open(null).opened, open(null).opened], [true, true, false]);
  first.emit('close');
  assert.equal(hub.clients, 2);
  assert.equal(open(null).opened, true);
});

test('status goes to everyone', () => {
  const { hub, open } = create();
  const { response } = open(null);
  hub.status({ nowMs: 1, ready: true, problems: [], warnings: [], readingsPerSecond: 2, pipeline: null });
  assert.equal(response.kinds().at(-1), 'status');
});

test('close ends every stream', () => {
  const { hub, open } = create();
  const { response } = open(null);
  hub.close();
  assert.equal(response.ended, true);
  assert.equal(hub.clients, 0);
});

test('a hostile series name cannot break out of its event', () => {
  const name = 'x\n\nevent: status\ndata: {"nowMs":0}\n\n</script>';
  const { open } = create(fakeFeed([{ ...pump2, series: name }], 199));
  const { response } = open(name);
  assert.deepEqual(response.kinds(), ['state', 'series']);
  assert.equal((response.events[0].data as FeedSnapshot).series[0].name, name);
});
