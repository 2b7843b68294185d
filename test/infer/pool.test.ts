import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import type { PlanResult, PlanWindow } from '../../src/infer/plan.ts';
import { type PoolOptions, WorkerPool } from '../../src/infer/pool.ts';
import type { FromWorker, ToWorker } from '../../src/infer/protocol.ts';
import type { WorkerListener } from '../../src/infer/worker-handle.ts';
import { tinyOptions } from './model-fixture.ts';

const settled = async () => {
  for (let k = 0; k < 20; k++) await new Promise((resolve) => setImmediate(resolve));
};

/** Time that passes when the test says so. */
function manualClock() {
  const sleepers = new Set<{ atMs: number; wake: () => void }>();
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = {
          atMs: nowMs + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    every: () => () => {},
  };
  const advance = async (ms: number) => {
    await settled();
    nowMs += ms;
    for (const sleeper of [...sleepers]) if (sleeper.atMs <= nowMs) sleeper.wake();
    await settled();
  };
  return { clock, advance, sleeping: () => sleepers.size };
}

interface FakeWorker {
  readonly index: number;
  readonly received: ToWorker[];
  killed: boolean;
  say(message: FromWorker): void;
  die(detail?: string): void;
}

type Behaviour = (worker: FakeWorker, message: ToWorker) => void;

const resultOf = (window: PlanWindow): PlanResult => ({
  imputed: null,
  forecast: { horizon: window.endMs, quantiles: new Float64Array(0) },
  residual: null,
});
const ready: FromWorker = { kind: 'ready', engine: 'onnx', device: 'cpu' };
const done = (message: Extract<ToWorker, { kind: 'run' }>): FromWorker => ({
  kind: 'done',
  batch: message.batch,
  results: message.windows.map(resultOf),
  computeMs: 1,
});
const works: Behaviour = (worker, message) => worker.say(message.kind === 'load' ? ready : done(message));

function setUp(behaviour: Behaviour, changes: Partial<PoolOptions> = {}) {
  const time = manualClock();
  const workers: FakeWorker[] = [];
  const logs: string[] = [];
  const counts: string[] = [];
  const gauges = new Map<string, number | null>();
  const pool = new WorkerPool({
    workers: 1,
    isolation: 'thread',
    load: { kind: 'load', modelDir: 'model', engine: 'onnx', options: tinyOptions() },
    attemptsMax: 3,
    timeoutMs: 1000,
    clock: time.clock,
    telemetry: {
      ...silentTelemetry,
      log: (_level, message) => void logs.push(message),
      count: (name) => void counts.push(name),
      gauge: (name, value) => void gauges.set(name, value),
    },
    startWorker: (_isolation, listener: WorkerListener) => {
      let ended = false;
      const worker: FakeWorker = {
        index: workers.length,
        received: [],
        killed: false,
        say: (message) => queueMicrotask(() => ended || listener.onMessage(message)),
        die: (detail = 'died') =>
          queueMicrotask(() => {
            if (ended) return;
            ended = true;
            listener.onExit(detail);
          }),
      };
      workers.push(worker);
      return {
        post: (message) => {
          worker.received.push(message);
          behaviour(worker, message);
        },
        kill: () => {
          worker.killed = true;
          worker.die('killed');
        },
      };
    },
    ...changes,
  });
  return { pool, workers, logs, counts, gauges, ...time };
}

const windowsOf = (...ends: number[]): PlanWindow[] =>
  ends.map((endMs) => ({
    series: `s${endMs}`,
    endMs,
    newRows: 1,
    observedFraction: 1,
    values: new Float64Array(0),
    location: new Float64Array(0),
    scale: new Float64Array(0),
  }));
const ends = (results: readonly (PlanResult | null)[]) => results.map((r) => r?.forecast?.horizon ?? null);
const code =
  (expected: string, what = /./) =>
  (error: unknown) =>
    error instanceof DriftcastError && error.code === expected && what.test(error.message);

describe('WorkerPool', () => {
  it('starts its workers with the model, and says which engine it has', async () => {
    const { pool, workers } = setUp(works, { workers: 3 });
    assert.deepEqual(pool.health(), { ok: false, detail: '0 of 3 workers able' });
    assert.equal(pool.engine, null);
    await pool.start();
    await settled();
    assert.equal(workers.length, 3);
    assert.deepEqual(pool.engine, { name: 'onnx', device: 'cpu' });
    assert.deepEqual(pool.health(), { ok: true, detail: '3 of 3 workers able' });
    await pool.close();
    assert.ok(workers.every((worker) => worker.killed));
  });

  it('gives each batch the results of its own windows, in order', async () => {
    const { pool } = setUp(works, { workers: 2 });
    await pool.start();
    const all = await Promise.all([
      pool.infer(windowsOf(1, 2, 3)),
      pool.infer(windowsOf(4)),
      pool.infer([]),
      pool.infer(windowsOf(5, 6)),
    ]);
    assert.deepEqual(all.map(ends), [[1, 2, 3], [4], [], [5, 6]]);
    await pool.close();
  });

  it('runs one batch a worker, the others wait', async () => {
    const held: (() => void)[] = [];
    const { pool, workers, gauges } = setUp(
      (worker, message) => (message.kind === 'load' ? worker.say(ready) : held.push(() => worker.say(done(message)))),
      { workers: 2 },
    );
    await pool.start();
    await settled();
    const batches = [1, 2, 3, 4].map((end) => pool.infer(windowsOf(end)));
    await settled();
    assert.equal(held.length, 2);
    assert.equal(pool.queuedBatches, 2);
    assert.equal(gauges.get('queue_windows'), 2);
    for (let k = 0; k < 4; k++) {
      held[k]();
      await settled();
    }
    assert.equal(gauges.get('queue_windows'), 0);
    assert.deepEqual((await Promise.all(batches)).map(ends), [[1], [2], [3], [4]]);
    assert.deepEqual(
      workers.map((w) => w.received.filter((m) => m.kind === 'run').length),
      [2, 2],
    );
    await pool.close();
  });

  it('replaces a worker that dies, and runs its batch again', async () => {
    const { pool, workers, advance, counts } = setUp((worker, message) =>
      message.kind === 'run' && worker.index === 0 ? worker.die() : works(worker, message),
    );
    await pool.start();
    const result = pool.infer(windowsOf(1, 2));
    await advance(200);
    assert.deepEqual(ends(await result), [1, 2]);
    assert.equal(workers.length, 2);
    assert.ok(counts.includes('worker_restarts_total'));
    await pool.close();
  });

  it('ends a worker that does not answer in time, and runs its batch elsewhere', async () => {
    const { pool, workers, advance } = setUp((worker, message) => {
      if (message.kind === 'load' || worker.index > 0) works(worker, message);
    });
    await pool.start();
    const result = pool.infer(windowsOf(1));
    await advance(999);
    assert.equal(workers[0].killed, false);
    await advance(1);
    assert.equal(workers[0].killed, true);
    await advance(200);
    assert.deepEqual(ends(await result), [1]);
    await pool.close();
  });

  it('a worker that does not answer is not able, long before it is replaced, and health says so', async () => {
    const { pool, advance } = setUp(
      (worker, message) => {
        if (message.kind === 'load' || worker.index > 1) works(worker, message);
      },
      { workers: 2 },
    );
    await pool.start();
    await settled();
    const first = pool.infer(windowsOf(1));
    await advance(500);
    assert.deepEqual(pool.health(), { ok: true, detail: '2 of 2 workers able' });
    await advance(1);
    assert.equal(pool.health().ok, true, 'the other one is able');
    assert.match(pool.health().detail, /1 of 2 workers able; one has not answered for 1 s and is replaced after 1 s/);
    const second = pool.infer(windowsOf(2));
    await advance(499);
    assert.equal(pool.health().detail, '1 of 2 workers able; the last that ended: killed');
    await advance(200);
    await advance(1000);
    await advance(200);
    assert.deepEqual([ends(await first), ends(await second)], [[1], [2]]);
    assert.deepEqual(pool.health(), { ok: true, detail: '2 of 2 workers able' });
    await pool.close();
  });

  it('does not end a worker that answered, however long ago', async () => {
    const { pool, workers, advance, sleeping } = setUp(works);
    await pool.start();
    await pool.infer(windowsOf(1));
    await advance(1e6);
    assert.equal(workers[0].killed, false);
    assert.equal(sleeping(), 0, 'no timer is left');
    await pool.close();
  });

  it('finds the window that fails and gives up that one only', async () => {
    const runs: number[] = [];
    const { pool } = setUp((worker, message) => {
      if (message.kind === 'load') return worker.say(ready);
      runs.push(message.windows.length);
      worker.say(
        message.windows.some(({ endMs }) => endMs === 6)
          ? { kind: 'failed', batch: message.batch, message: 'cannot' }
          : done(message),
      );
    });
    await pool.start();
    assert.deepEqual(ends(await pool.infer(windowsOf(1, 2, 3, 4, 5, 6, 7, 8))), [1, 2, 3, 4, 5, null, 7, 8]);
    assert.deepEqual(runs.slice(0, 3), [8, 8, 8]);
    assert.ok(runs.length <= 3 + 7, `${runs}`);
    assert.deepEqual(ends(await pool.infer(windowsOf(9))), [9]);
    await pool.close();
  });

  it('does not blame a window for a worker that dies by itself, whatever else was wrong with its batch', async () => {
    let aloneBefore = false;
    const { pool, advance } = setUp((worker, message) => {
      if (message.kind === 'load') return worker.say(ready);
      const ends = message.windows.map(({ endMs }) => endMs);
      const isUnlucky = !aloneBefore && ends.join() === '1';
      if (isUnlucky) aloneBefore = true;
      if (isUnlucky) worker.die('out of memory');
      else if (ends.includes(2)) worker.say({ kind: 'failed', batch: message.batch, message: 'cannot' });
      else worker.say(done(message));
    });
    await pool.start();
    const result = pool.infer(windowsOf(1, 2));
    await advance(200);
    assert.deepEqual(ends(await result), [1, null]);
    assert.ok(aloneBefore);
    await pool.close();
  });

  it('finds a window that kills its worker too', async () => {
    const { pool, advance, logs } = setUp((worker, message) =>
      message.kind === 'run' && message.windows.some(({ endMs }) => endMs === 2)
        ? worker.die('segmentation fault')
        : works(worker, message),
    );
    await pool.start();
    const result = pool.infer(windowsOf(1, 2, 3));
    for (let k = 0; k < 12; k++) await advance(200);
    assert.deepEqual(ends(await result), [1, null, 3]);
    assert.ok(logs.some((line) => /could not be inferred/.test(line)));
    assert.ok(pool.health().ok);
    await pool.close();
  });

  it('refuses to start with what the worker refused', async () => {
    const { pool, workers } = setUp(
      (worker) =>
        worker.say({
          kind: 'refused',
          code: 'MODEL_INVALID',
          message: 'reading model/manifest.json: no',
          hint: 'Train it.',
        }),
      { workers: 2 },
    );
    await assert.rejects(
      pool.start(),
      (error: unknown) =>
        code('MODEL_INVALID', /manifest\.json/)(error) && (error as DriftcastError).hint === 'Train it.',
    );
    assert.equal(pool.health().ok, false);
    assert.ok(workers.every((worker) => worker.killed));
    await assert.rejects(pool.infer(windowsOf(1)), code('MODEL_INVALID'));
  });

  it('gives up starting after some deaths in a row, not before', async () => {
    const { pool, workers, advance } = setUp((worker) => worker.die('no library'));
    const start = pool.start();
    start.catch(() => {});
    for (let k = 0; k < 20; k++) await advance(200);
    await assert.rejects(start, code('WORKER_FAILED', /no library/));
    assert.equal(workers.length, 6);
  });

  it('ends a worker that never gets ready', async () => {
    const { pool, workers, advance } = setUp((worker, message) => worker.index > 0 && works(worker, message));
    const start = pool.start();
    await advance(180_000);
    assert.equal(workers[0].killed, true);
    await advance(200);
    await start;
    await pool.close();
  });

  it('outlives the death of all workers at once', async () => {
    let crash = false;
    const { pool, workers, advance } = setUp(
      (worker, message) =>
        message.kind === 'run' && crash ? worker.die('killed by the system') : works(worker, message),
      { workers: 8 },
    );
    await pool.start();
    await settled();
    crash = true;
    const results = Promise.all(Array.from({ length: 8 }, (_, k) => pool.infer(windowsOf(k + 1))));
    await settled();
    crash = false;
    await advance(200);
    assert.deepEqual(
      (await results).map(ends),
      [1, 2, 3, 4, 5, 6, 7, 8].map((end) => [end]),
    );
    assert.equal(workers.length, 16);
    await pool.close();
  });

  it('tries again where a worker that worked before is refused, a few times', async () => {
    let refusals = 2;
    const { pool, workers, advance } = setUp((worker, message) => {
      if (message.kind === 'run' && worker.index === 0) worker.die();
      else if (message.kind === 'load' && worker.index > 0 && refusals-- > 0)
        worker.say({ kind: 'refused', code: 'MODEL_INVALID', message: 'too many open files', hint: '' });
      else works(worker, message);
    });
    await pool.start();
    const result = pool.infer(windowsOf(1));
    for (let k = 0; k < 4; k++) await advance(200);
    assert.deepEqual(ends(await result), [1]);
    assert.equal(workers.length, 4);
    await pool.close();
  });

  it('rejects what is open when no worker comes back: nothing untried counts as failed', async () => {
    let broken = false;
    const { pool, advance } = setUp((worker, message) => (broken ? worker.die('disk gone') : works(worker, message)));
    await pool.start();
    broken = true;
    const open = [pool.infer(windowsOf(1, 2)), pool.infer(windowsOf(3)), pool.infer(windowsOf(4))];
    const outcomes = Promise.allSettled(open);
    for (let k = 0; k < 20; k++) await advance(200);
    const [first, ...others] = await outcomes;
    for (const outcome of others)
      assert.ok(
        outcome.status === 'rejected' && code('WORKER_FAILED', /disk gone/)(outcome.reason),
        JSON.stringify(outcome),
      );
    assert.equal(first.status, 'rejected');
    assert.equal(pool.health().ok, false);
  });

  it('rejects what is open when it is closed, and what comes later', async () => {
    const { pool } = setUp((worker, message) => {
      if (message.kind === 'load') worker.say(ready);
    });
    await pool.start();
    const open = [pool.infer(windowsOf(1)), pool.infer(windowsOf(2))];
    await pool.close();
    for (const promise of [...open, pool.infer(windowsOf(3))])
      await assert.rejects(promise, code('WORKER_FAILED', /closed/));
  });

  const megabyte = 1_048_576;
  const held = (residentMegabytes: number, tensors: number | null = null) => ({
    memory: { residentBytes: residentMegabytes * megabyte, tensors },
  });

  /** Workers that hold as much as the function says after their n-th batch. */
  const holding = (megabytes: (batch: number) => number, changes: Partial<PoolOptions> = {}) => {
    const batches = new Map<number, number>();
    const runs: number[] = [];
    const set = setUp(
      (worker, message) => {
        if (message.kind === 'load') return worker.say({ ...ready, ...held(100) });
        const count = (batches.get(worker.index) ?? 0) + 1;
        batches.set(worker.index, count);
        runs.push(...message.windows.map(({ endMs }) => endMs));
        worker.say({ ...done(message), ...held(megabytes(count)) });
      },
      { residentBytesMax: 200 * megabyte, ...changes },
    );
    return { ...set, runs };
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, k) => k + 1);

  it('replaces a worker that has grown between two batches: nothing is lost, nothing run twice', async () => {
    const { pool, workers, advance, runs, counts, logs, gauges } = holding((batch) => 10 * batch);
    await pool.start();
    const results = Promise.all(upTo(22).map((end) => pool.infer(windowsOf(end))));
    await settled();
    assert.deepEqual(runs, upTo(21), 'the next batch waits for the new worker');
    assert.equal(workers[0].killed, true);
    assert.equal(gauges.get('worker_resident_bytes'), null);
    await advance(200);
    assert.deepEqual(
      (await results).map(ends),
      upTo(22).map((end) => [end]),
    );
    assert.deepEqual(runs, upTo(22));
    assert.equal(gauges.get('worker_resident_bytes'), 10 * megabyte);
    const counted = counts.filter((name) => name.startsWith('worker'));
    assert.deepEqual(counted, ['workers_outgrown_total'], 'it did not end by itself');
    assert.ok(logs.includes('a worker has grown and is replaced'));
    assert.deepEqual(pool.health(), { ok: true, detail: '1 of 1 workers able' });
    await pool.close();
  });

  it('replaces one at most once a minute', async () => {
    const { pool, workers, advance } = holding((batch) => 10 * batch, { workers: 2 });
    await pool.start();
    await settled();
    const first = Promise.all(upTo(50).map((end) => pool.infer(windowsOf(end))));
    await advance(200);
    await first;
    assert.equal(workers.length, 3);
    await advance(60_000);
    await Promise.all([51, 52].map((end) => pool.infer(windowsOf(end))));
    await advance(200);
    assert.equal(workers.length, 4, 'the other one is replaced too');
    await pool.close();
  });

  it('does not replace one whose batches need more from the start, tells so once, and lets it grow by half', async () => {
    let megabytes = 300;
    const { pool, workers, logs, advance } = holding(() => megabytes);
    await pool.start();
    for (const end of upTo(50)) await pool.infer(windowsOf(end));
    megabytes = 450;
    await pool.infer(windowsOf(51));
    assert.equal(workers[0].killed, false);
    assert.equal(logs.filter((line) => /need more memory/.test(line)).length, 1);
    megabytes = 451;
    await pool.infer(windowsOf(52));
    await advance(200);
    assert.equal(workers.length, 2);
    await pool.close();
  });

  it('lets workers grow where no limit is set', async () => {
    const { pool, workers } = holding((batch) => 1000 * batch, { residentBytesMax: 0 });
    await pool.start();
    for (const end of upTo(50)) await pool.infer(windowsOf(end));
    assert.equal(workers.length, 1);
    await pool.close();
  });

  it('replaces a worker that keeps a tensor more than after its start, whether its batch failed or not', async () => {
    for (const failing of [false, true]) {
      const { pool, workers, advance } = setUp((worker, message) => {
        if (message.kind === 'load') return worker.say({ ...ready, ...held(100, 40) });
        const isLeaking = worker.index === 0 && message.windows.some(({ endMs }) => endMs === 2);
        if (isLeaking && failing)
          worker.say({ kind: 'failed', batch: message.batch, message: 'cannot', ...held(100, 41) });
        else worker.say({ ...done(message), ...held(100, isLeaking ? 41 : 40) });
      });
      await pool.start();
      assert.deepEqual(ends(await pool.infer(windowsOf(1))), [1]);
      const result = pool.infer(windowsOf(2));
      await advance(200);
      assert.deepEqual(ends(await result), [2]);
      assert.equal(workers.length, 2, `failing: ${failing}`);
      await pool.close();
    }
  });

  it('halves a batch that does not fit into memory at once, until it fits', async () => {
    const sizes: number[] = [];
    const { pool, counts, logs } = setUp((worker, message) => {
      if (message.kind === 'load') return worker.say(ready);
      sizes.push(message.windows.length);
      const tooLarge = message.windows.length > 2;
      worker.say(
        tooLarge ? { kind: 'failed', batch: message.batch, message: 'OOM when allocating tensor' } : done(message),
      );
    });
    await pool.start();
    assert.deepEqual(ends(await pool.infer(windowsOf(1, 2, 3, 4, 5, 6, 7, 8))), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(sizes, [8, 4, 2, 2, 4, 2, 2]);
    assert.equal(counts.filter((name) => name === 'batches_out_of_memory_total').length, 3);
    assert.equal(logs.filter((line) => /did not fit into memory/.test(line)).length, 1, 'told once');
    await pool.close();
  });

  it('gives up a window that does not fit into memory alone, as any other that fails', async () => {
    let runs = 0;
    const { pool } = setUp((worker, message) => {
      if (message.kind === 'load') return worker.say(ready);
      runs++;
      const fails = message.windows.some(({ endMs }) => endMs === 2);
      worker.say(fails ? { kind: 'failed', batch: message.batch, message: 'std::bad_alloc' } : done(message));
    });
    await pool.start();
    assert.deepEqual(ends(await pool.infer(windowsOf(1, 2))), [1, null]);
    assert.equal(runs, 1 + 1 + 3);
    await pool.close();
  });

  it('closed while it starts, it does not leave the starter waiting', async () => {
    const { pool } = setUp(() => {});
    const start = pool.start();
    await pool.close();
    await assert.rejects(start, code('WORKER_FAILED'));
  });
});
