import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import { createRng } from '../../src/core/rng.ts';
import type { Telemetry } from '../../src/core/telemetry.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { fakeResult, Letters, MemoryStore, messageOf, plannedChannels, Results } from './sim/fake-parts.ts';
import { Broker } from './sim/fake-source.ts';
import { makeFeed } from './sim/feed.ts';
import { settle, stopTime, watch } from './sim/virtual-time.ts';
import { planRows, stepMs, World, type WorldOptions } from './sim/world.ts';

const startMs = 1_759_276_800_000;

/** One partition, some series in step, a reading each second. */
const steady = (rows: number, series = ['a']): string[][] => [
  Array.from({ length: rows }, (_, row) =>
    series.map((name) => messageOf(name, startMs + row * stepMs, [Math.sin(row), 1])),
  ).flat(),
];

function outside(feed: string[][], options: Partial<WorldOptions> = {}) {
  const told = { counts: new Map<string, number>(), gauges: new Map<string, (number | null)[]>() };
  const telemetry: Telemetry = {
    ...silentTelemetry,
    count: (name, by = 1, labels) => {
      const key = `${name}${labels === undefined ? '' : ` ${Object.values(labels).join()}`}`;
      told.counts.set(key, (told.counts.get(key) ?? 0) + by);
    },
    gauge: (name, value, labels) => {
      const key = labels?.buffer === undefined ? name : `${name} ${labels.buffer}`;
      told.gauges.set(key, [...(told.gauges.get(key) ?? []), value]);
    },
  };
  const parts = { broker: new Broker(feed), results: new Results(), letters: new Letters(), store: new MemoryStore() };
  const infer: WorldOptions['infer'] = async (windows) => windows.map(fakeResult);
  const world = new World({ ...parts, rng: createRng(1), telemetry, infer, ...options });
  return { ...parts, results: (options.results ?? parts.results) as Results, world, told };
}

const never = () => new Promise<void>(() => {});

describe('Pipeline', () => {
  afterEach(stopTime);

  it('brings every row to the sinks, commits to the end, and ends', async () => {
    const { world, broker, results, store, told } = outside(steady(40, ['a', 'b']));
    const run = watch(world.pipeline.run());
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.deepEqual([run.state, run.error], ['done', undefined]);
    assert.equal(results.windows.size, 2 * 17);
    assert.deepEqual(broker.committed, [80]);
    assert.deepEqual(
      [told.counts.get('records_total'), told.counts.get('readings_total'), told.counts.get('windows_total')],
      [80, 80, 34],
    );
    assert.ok(store.texts.has('a'));
    assert.equal(world.pipeline.inFlight, 0);
    assert.deepEqual(world.pipeline.status(0.5), {
      readingsTotal: 80,
      windowsInFlight: 0,
      lagMessages: null,
      progress: 0.5,
    });
  });

  it('gives others their turn between the windows of a batch', async () => {
    let nowMs = 0;
    let inTurn = 0;
    let most = 0;
    let judged = 0;
    const others = () => {
      most = Math.max(most, inTurn);
      inTurn = 0;
      if (judged < 34) setImmediate(others);
    };
    const { world, results } = outside(steady(40, ['a', 'b']), {
      alter: (parts, time) => {
        const score = parts.scorer.score.bind(parts.scorer);
        parts.scorer.score = (inference) => {
          nowMs += 2; // a turn holds three of them
          inTurn++;
          judged++;
          return score(inference);
        };
        const clock = { nowMs: () => time.nowMs(), monotonicMs: () => time.monotonicMs() + nowMs };
        return { ...parts, clock: { ...clock, sleep: time.sleep.bind(time), every: time.every.bind(time) } };
      },
    });
    const run = watch(world.pipeline.run());
    setImmediate(others);
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.deepEqual([run.state, results.windows.size, judged], ['done', 34, 34]);
    assert.ok(most >= 1 && most <= 3, `${most} windows in a turn at most`);
  });

  it('back-pressure: while a sink hangs the source stops, in-flight work stays bounded, and then it goes on', async () => {
    const limit = 12;
    const series = ['a', 'b', 'c'];
    const { world, results, told, broker } = outside(steady(400, series), { inFlightWindowsMax: limit });
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    results.before = () => gate;
    const run = watch(world.pipeline.run());
    await world.time.pass(3000);
    const emitted = world.source.emitted;
    await world.time.pass(3000);
    assert.equal(world.source.emitted, emitted, 'the source waits');
    assert.ok(emitted < 200, `${emitted} of 1200 messages were emitted`);
    assert.ok(world.pipeline.inFlight >= limit);
    assert.deepEqual(broker.committed, [0]);
    go();
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.equal(run.state, 'done');
    assert.equal(results.windows.size, 3 * 197);
    // one message moves the watermark of all series of its partition
    // the feed stands still while the clock runs: both lags grow, and both are told
    const grows = (name: string) => {
      const values = (told.gauges.get(name) ?? []).map(Number);
      assert.ok(values.length > 1 && Math.max(...values) > Math.min(...values), `${name}: ${values.slice(0, 5)}`);
    };
    grows('watermark_lag_ms');
    assert.ok((told.gauges.get('state_age_ms') ?? []).every((ageMs) => Number(ageMs) >= 0));
    assert.ok(told.gauges.has('state_age_ms'));
    const valuesOf = (name: string) => (told.gauges.get(name) ?? []).map(Number);
    for (const [name, all] of told.gauges) {
      const values = all.map(Number);
      const buffer = /^buffer_entries (\w+)$/.exec(name)?.[1];
      if (buffer === undefined) continue;
      const [entriesMax = 0] = valuesOf(`buffer_entries_max ${buffer}`);
      assert.ok(
        Math.max(...values) <= entriesMax + series.length,
        `${buffer}: ${Math.max(...values)} of ${entriesMax}`,
      );
    }
    assert.ok(Math.max(...valuesOf('buffer_entries outcomes')) > 0, 'outcomes wait for the sink');
    assert.equal(Math.max(...valuesOf('buffer_entries series')), series.length);
    const highest = Math.max(...valuesOf('windows_in_flight'));
    assert.ok(highest >= limit && highest < limit + series.length, `${highest} in flight at most`);
  });

  it('back-pressure: a flood of rubbish waits for the dead-letter sink', async () => {
    const rubbish = [Array.from({ length: 500 }, (_, i) => `rubbish number-${i}`)];
    const { world, letters, broker } = outside(rubbish, { inFlightWindowsMax: 12 });
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    letters.before = () => gate;
    const run = watch(world.pipeline.run());
    await world.time.pass(3000);
    assert.equal(world.source.emitted, 12);
    assert.deepEqual(broker.committed, [0]);
    go();
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.equal(letters.positions.size, 500);
    assert.deepEqual(broker.committed, [500]);
  });

  it('a sink that gives up ends the run, stops the source, and nothing it did not get is committed', async () => {
    const { world, results, broker } = outside(steady(200, ['a', 'b']));
    const failure = new DriftcastError('SINK_FAILED', 'gave up');
    results.before = () => {
      if (results.deliveries < 5) return Promise.resolve();
      return world.time.sleep(500).then(() => Promise.reject(failure));
    };
    const run = watch(world.pipeline.run());
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.deepEqual([run.state, run.error], ['failed', failure]);
    await world.time.pass(2000);
    assert.ok(world.source.stops >= 1);
    const [next = 0] = broker.committed;
    assert.ok(next > 0 && next < 400);
    // a window that ends with row r needs the messages of row r - 7 on: two a row, the one of `a` first
    for (let row = 7; row < 200; row += 2) {
      for (const [i, name] of ['a', 'b'].entries()) {
        if (results.windows.has(`${name} ${startMs + row * stepMs}`)) continue;
        assert.ok(
          next <= 2 * (row - 7) + i,
          `committed ${next}, but the window of ${name} that ends with row ${row} is not delivered`,
        );
      }
    }
  });

  it('a dead-letter sink that fails ends the run, even at the very end, and its messages stay uncommitted', async () => {
    const rows = (count: number) => steady(count)[0] ?? [];
    for (const feed of [
      ['rubbish number-1', ...rows(100)],
      [...rows(20), 'rubbish number-1'],
      [...rows(3), 'rubbish number-1'],
    ]) {
      const { world, letters, broker } = outside([feed]);
      letters.before = () =>
        world.time.sleep(200).then(() => Promise.reject(new DriftcastError('DEAD_LETTER_FAILED', 'disk full')));
      const run = watch(world.pipeline.run());
      await world.time.until('the run ends', () => run.state !== 'running');
      assert.equal(run.state, 'failed');
      assert.match(String(run.error), /disk full/);
      assert.ok((broker.committed[0] ?? 0) <= feed.indexOf('rubbish number-1'));
    }
  });

  it('a source that fails ends the run with its error', async () => {
    const { world } = outside(steady(10), { ends: false });
    const run = watch(world.pipeline.run());
    await world.time.pass(200);
    world.source.failure = new DriftcastError('SOURCE_FAILED', 'no broker');
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.deepEqual([run.state, run.error], ['failed', world.source.failure]);
  });

  it('a commit that fails ends the run: results without a commit would be repeated for ever', async () => {
    const failure = new DriftcastError('SOURCE_FAILED', 'committing');
    const { world } = outside(steady(10), {
      ends: false,
      onCommit: () => {
        throw failure;
      },
    });
    const run = watch(world.pipeline.run());
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.deepEqual([run.state, run.error], ['failed', failure]);
  });

  it('a damaged snapshot ends the run before anything is read', async () => {
    const { world, store } = outside(steady(10));
    store.texts.set('a', '{"window":{"endMs":1,"lastMs":1,"normalizer":null},"score":{"endMs":"x"},"alert":null}');
    await assert.rejects(world.pipeline.run(), { code: 'STATE_INVALID' });
    assert.equal(world.source.emitted, 0);
  });

  it('a window that no worker can run becomes a dead letter and holds nothing up', async () => {
    const poison = startMs + 15 * stepMs;
    const { world, results, letters, broker, told } = outside(steady(60), {
      infer: async (windows) => windows.map((window) => (window.endMs === poison ? null : fakeResult(window))),
    });
    const run = watch(world.pipeline.run());
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.equal(run.state, 'done');
    assert.deepEqual(
      letters.written.map(({ reason, key, timeMs }) => [reason, key, timeMs]),
      [['inference_failed', 'a', poison]],
    );
    assert.match(letters.written[0]?.detail ?? '', /series a, window ending 2025-10-01T00:00:15\.000Z/);
    assert.equal(results.windows.has(`a ${poison}`), false);
    assert.equal(results.windows.size, 26);
    assert.deepEqual(broker.committed, [60]);
    assert.equal(told.counts.get('dead_letters_total inference_failed'), 1);
  });

  it('points that a sink refuses become dead letters, and their offsets wait for them', async () => {
    const refused = {
      reason: 'sink_rejected',
      detail: 'type',
      position: null,
      key: 'a',
      raw: null,
      timeMs: 7,
    } as const;
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const picky = {
      name: 'picky',
      deliver: async () => [refused],
      close: async () => {},
      health: () => ({ ok: true, detail: '' }),
    };
    const { world, letters, broker } = outside(steady(20), { sinks: [picky] });
    letters.before = () => gate;
    const run = watch(world.pipeline.run());
    await world.time.pass(2000);
    assert.ok((broker.committed[0] ?? 0) <= 0);
    go();
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.equal(
      letters.written.every(({ reason }) => reason === 'sink_rejected'),
      true,
    );
    assert.ok(letters.written.length > 0);
    assert.deepEqual(broker.committed, [20]);
  });

  it('a silent series raises its alert and is over, while the others go on', async () => {
    const feed = steady(60, ['a', 'b']).map((messages) =>
      messages.filter((text, i) => !text.startsWith('b') || i < 40),
    );
    const { world, results, told } = outside(feed);
    const run = watch(world.pipeline.run());
    await world.time.until('the run ends', () => run.state !== 'running');
    const silent = [...results.alerts.values()].filter(({ kind }) => kind === 'silent');
    assert.deepEqual(
      silent.map(({ series, state }) => [series, state]),
      [['b', 'firing']],
    );
    assert.equal(told.counts.get('series_silent_total'), 1);
    assert.equal(
      told.counts.get('alerts_total firing'),
      [...results.alerts.values()].filter(({ state }) => state === 'firing').length,
    );
  });

  it('a source that has to wait is not idle: its rows stay open for what is still to come', async () => {
    const series = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const calm = outside(steady(60, series));
    const run = watch(calm.world.pipeline.run());
    await calm.world.time.until('the calm run ends', () => run.state !== 'running');

    const { world, results } = outside(steady(60, series), { idleMs: 1000, inFlightWindowsMax: 5 });
    let hangs = 8;
    results.before = () => (hangs-- > 0 ? world.time.sleep(5000) : Promise.resolve());
    const held = watch(world.pipeline.run());
    await world.time.until('the held run ends', () => held.state !== 'running');
    assert.deepEqual([...results.points].sort(), [...calm.results.points].sort());
  });

  it('an idle partition has its rows closed by the wall clock', async () => {
    const { world, results } = outside(steady(20), { ends: false, idleMs: 2000 });
    const run = watch(world.pipeline.run());
    await world.time.pass(1500);
    const before = results.windows.size;
    assert.equal(before, 6, 'the row of the newest reading is open');
    await world.time.pass(2500);
    assert.equal(results.windows.size, before + 1);
    assert.equal(run.state, 'running');
    await stopped(world);
  });

  it('plans that keep coming do not keep a partition open that nothing is read of', async () => {
    const [readings = []] = steady(20);
    const plans = Array.from({ length: 400 }, (_, i) =>
      messageOf('a', startMs + (20 + (i % 9)) * stepMs, [null, null, i]),
    );
    const { world, results, broker } = outside([[...readings, ...plans]], {
      ends: false,
      idleMs: 2000,
      burst: 1,
      channels: plannedChannels,
      results: new Results(plannedChannels),
    });
    watch(world.pipeline.run());
    await world.time.pass(1500);
    assert.ok(world.source.emitted > 20, 'all readings have come');
    assert.equal(results.windows.size, 6);
    await world.time.pass(2500);
    assert.ok(world.source.emitted < 420, 'plans still come');
    assert.equal(results.windows.size, 7);
    assert.ok((broker.committed[0] ?? 0) <= 19, 'the plan tells how far ahead it may be by the newest reading');
    await stopped(world);
  });

  it('plans too far ahead are dead letters, counted by their reason', async () => {
    const far = messageOf('a', startMs + (20 + planRows) * stepMs, [null, null, 1]);
    const [readings = []] = steady(20);
    const { world, letters, told } = outside([[...readings, far]], { channels: plannedChannels });
    const run = watch(world.pipeline.run());
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.equal(told.counts.get('dead_letters_total plan_too_far_ahead'), 1);
    assert.deepEqual(
      letters.written.map(({ reason, position }) => [reason, position?.offset]),
      [['plan_too_far_ahead', 20]],
    );
  });

  it('a stop drains what is in flight, commits, keeps open rows for the next start', async () => {
    const { world, broker, results } = outside(steady(400, ['a', 'b']), { ends: false });
    const run = watch(world.pipeline.run());
    await world.time.pass(300);
    assert.ok(world.pipeline.inFlight > 0);
    await stopped(world);
    assert.equal(run.state, 'done');
    assert.equal(world.pipeline.inFlight, 0);
    const [next = 0] = broker.committed;
    assert.ok(next > 0 && next < world.source.emitted, 'the open window needs older messages');
    assert.ok(results.windows.size > 0);
    await world.pipeline.stop();
  });

  it('a stop gives up on a sink that hangs, and says so', async () => {
    const { world, results } = outside(steady(100), { ends: false, shutdownMs: 3000 });
    results.before = never;
    const run = watch(world.pipeline.run());
    await world.time.pass(500);
    const stop = watch(world.pipeline.stop());
    await world.time.pass(2900);
    assert.equal(stop.state, 'running');
    await world.time.pass(200);
    assert.equal(stop.state, 'failed');
    assert.equal((stop.error as DriftcastError).code, 'SHUTDOWN_TIMEOUT');
    assert.match(
      (stop.error as DriftcastError).message,
      /within 3000 ms \(\d+ results in flight, waiting for the sinks\)/,
    );
    assert.equal(run.state, 'running');
  });

  it('a stop gives up on a worker that hangs', async () => {
    const { world } = outside(steady(100), { ends: false, shutdownMs: 3000, infer: () => new Promise(() => {}) });
    watch(world.pipeline.run());
    await world.time.pass(500);
    const stop = watch(world.pipeline.stop());
    await world.time.pass(3100);
    assert.match(String(stop.error), /waiting for the workers/);
  });

  it('work of which nothing is delivered for long is told, and asks for a restart', async () => {
    const { world, results } = outside(steady(100), { ends: false, stallMs: 2000 });
    const check = () => world.pipeline.checks.find(({ name }) => name === 'progress');
    assert.equal(check()?.liveness, true);
    const run = watch(world.pipeline.run());
    await world.time.pass(300);
    assert.equal(check()?.check().ok, true);
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    results.before = () => gate;
    await world.time.pass(1500);
    assert.equal(check()?.check().ok, true);
    await world.time.pass(1500);
    assert.match(check()?.check().detail ?? '', /none delivered for \d+ s .* waiting for the sinks: restart/);
    assert.equal(check()?.check().ok, false);
    go();
    await world.time.pass(5000);
    assert.deepEqual(check()?.check(), { ok: true, detail: '0 results in flight' }, 'a feed that is quiet is no stall');
    assert.equal(run.state, 'running');
  });

  it('a snapshot that finds the disk full is tried again, and nothing is committed until then', async () => {
    const { world, store, broker, told } = outside(steady(200), { ends: false });
    const check = () => world.pipeline.checks.find(({ name }) => name === 'state')?.check();
    const full = new DriftcastError('STATE_INVALID', 'writing the state to s.json: ENOSPC', { retryable: true });
    store.before = () => Promise.reject(full);
    const run = watch(world.pipeline.run());
    await world.time.pass(2000);
    assert.deepEqual([run.state, broker.committed], ['running', [0]]);
    assert.equal(check()?.ok, false);
    assert.match(check()?.detail ?? '', /ENOSPC: free space there/);
    store.before = () => Promise.resolve();
    await world.time.pass(1000);
    assert.deepEqual(check(), { ok: true, detail: 'snapshots are written' });
    assert.ok((broker.committed[0] ?? 0) > 0);
    assert.ok((told.counts.get('commits_total') ?? 0) > 0);
  });

  it('a disk that stays full ends the run', async () => {
    const { world, store } = outside(steady(200), { ends: false, stallMs: 3000 });
    const full = new DriftcastError('STATE_INVALID', 'writing the state to s.json: ENOSPC', { retryable: true });
    store.before = () => Promise.reject(full);
    const run = watch(world.pipeline.run());
    await world.time.pass(2500);
    assert.equal(run.state, 'running');
    await world.time.pass(2500);
    assert.deepEqual([run.state, run.error], ['failed', full]);
  });

  it('a stop gives up on a commit that hangs, too', async () => {
    const { world } = outside(steady(100), { ends: false, shutdownMs: 3000 });
    world.source.commitHangs = true;
    watch(world.pipeline.run());
    await world.time.pass(500);
    const stop = watch(world.pipeline.stop());
    await world.time.pass(3100);
    assert.equal((stop.error as DriftcastError | undefined)?.code, 'SHUTDOWN_TIMEOUT');
  });

  it('a stop before the start, and after a failure, is no news', async () => {
    const { world } = outside(steady(10));
    await world.pipeline.stop();
    const failing = outside(steady(10), { ends: false });
    const run = watch(failing.world.pipeline.run());
    failing.world.source.failure = new Error('gone');
    await failing.world.time.until('the run ends', () => run.state !== 'running');
    await failing.world.pipeline.stop();
    assert.equal(run.state, 'failed');
  });

  it('works without a state store', async () => {
    const { world, broker } = outside(makeFeed(createRng(3)), { store: null });
    const run = watch(world.pipeline.run());
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.equal(run.state, 'done');
    assert.deepEqual(
      broker.committed,
      broker.partitions.map(({ length }) => length),
    );
  });
});

async function stopped(world: World): Promise<void> {
  const stop = watch(world.pipeline.stop());
  await world.time.until('the stop ends', () => stop.state !== 'running');
  if (stop.state === 'failed') throw stop.error;
  await settle();
}
