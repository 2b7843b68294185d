import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { onnxEngine } from '../../src/infer/engines/onnx.ts';
import type { ModelPackage } from '../../src/infer/model-package.ts';
import { inferWindows, type PlanResult } from '../../src/infer/plan.ts';
import { type PoolOptions, WorkerPool } from '../../src/infer/pool.ts';
import type { FromWorker } from '../../src/infer/protocol.ts';
import { startWorker, type WorkerHandle } from '../../src/infer/worker-handle.ts';
import { relativeError } from '../diffusion/fixtures.ts';
import { saveTinyModel, tinyOptions, tinyWindows } from './model-fixture.ts';

/** A thread that says it is ready and then computes for ever: a hung native call. */
const hanging = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (message) => {
    if (message.kind === 'load') parentPort.postMessage({ kind: 'ready', engine: 'onnx', device: 'cpu' });
    else for (;;);
  });
`;

describe('WorkerPool with real workers', () => {
  let dir = '';
  let saved: ModelPackage;
  let expected: PlanResult[];
  const windows = tinyWindows(6);
  const pools: WorkerPool[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'driftcast-pool-'));
    saved = await saveTinyModel(dir);
    const engine = await onnxEngine.create(saved.model);
    expected = await inferWindows(engine, saved.model, tinyOptions(), windows);
    await engine.dispose();
  });
  after(async () => {
    for (const pool of pools) await pool.close();
    await rm(dir, { recursive: true, force: true });
  });

  const poolOf = (changes: Partial<PoolOptions> = {}): WorkerPool => {
    const pool = new WorkerPool({
      workers: 1,
      isolation: 'process',
      load: {
        kind: 'load',
        modelDir: dir,
        modelVersion: saved.manifest.version,
        engine: 'onnx',
        options: tinyOptions(),
      },
      attemptsMax: 2,
      timeoutMs: 60_000,
      clock: systemClock,
      telemetry: silentTelemetry,
      ...changes,
    });
    pools.push(pool);
    return pool;
  };

  it('processes compute what the engine computes, bit for bit', async () => {
    const pool = poolOf({ workers: 2 });
    await pool.start();
    assert.deepEqual(pool.engine, { name: 'onnx', device: 'cpu' });
    assert.deepEqual(await pool.infer(windows), expected);
    // one by one: a result does not depend on the batch that a window comes in
    assert.deepEqual((await Promise.all(windows.map((window) => pool.infer([window])))).flat(), expected);
    await pool.close();
  });

  /** A pool whose workers can be killed from here. */
  const mortal = (changes: Partial<PoolOptions> = {}) => {
    const handles: WorkerHandle[] = [];
    const pool = poolOf({
      ...changes,
      startWorker: (isolation, listener) => {
        const handle = startWorker(isolation, listener);
        handles.push(handle);
        return handle;
      },
    });
    return { pool, handles };
  };

  it('a process that is killed while it computes is replaced, and its batch run again', async () => {
    const { pool, handles } = mortal();
    await pool.start();
    const result = pool.infer(windows);
    handles[0].kill();
    assert.deepEqual(await result, expected);
    assert.equal(handles.length, 2);
    await pool.close();
  });

  it('closed while it computes, the pool goes quietly', async () => {
    const { pool } = mortal();
    await pool.start();
    const result = pool.infer(Array.from({ length: 100 }, () => windows).flat());
    await new Promise((resolve) => setTimeout(resolve, 5));
    await pool.close();
    await assert.rejects(result, (error: unknown) => error instanceof DriftcastError && error.code === 'WORKER_FAILED');
  });

  it('threads of wasm are replaced too, and compute what ONNX Runtime computes', async () => {
    const { pool, handles } = mortal({
      isolation: 'thread',
      load: { kind: 'load', modelDir: dir, engine: 'wasm', options: tinyOptions() },
    });
    await pool.start();
    assert.deepEqual(pool.engine, { name: 'wasm', device: 'wasm' });
    const result = pool.infer(windows);
    handles[0].kill();
    const got = await result;
    assert.equal(handles.length, 2);
    const finite = (all: readonly (PlanResult | null)[]) =>
      all
        .flatMap((r) => [
          ...(r?.forecast?.quantiles ?? []),
          ...(r?.imputed?.quantiles ?? []),
          ...(r?.residual?.expected ?? []),
        ])
        .filter((v) => !Number.isNaN(v));
    assert.ok(relativeError(finite(got), finite(expected)) < 1e-4);
    await pool.close();
  });

  it('say after each batch what they hold: processes their memory, tfjs its tensors, which do not grow', async () => {
    for (const [isolation, engine] of [
      ['process', 'onnx'],
      ['thread', 'wasm'],
    ] as const) {
      const seen = { worker_resident_bytes: [] as (number | null)[], worker_tensors: [] as (number | null)[] };
      const { pool, handles } = mortal({
        isolation,
        load: { kind: 'load', modelDir: dir, engine, options: tinyOptions() },
        telemetry: {
          ...silentTelemetry,
          gauge: (name, value) => {
            if (name === 'worker_resident_bytes' || name === 'worker_tensors') seen[name].push(value);
          },
        },
      });
      await pool.start();
      for (let k = 0; k < 3; k++) await pool.infer(windows);
      const { worker_resident_bytes: bytes, worker_tensors: tensors } = seen;
      if (engine === 'onnx') assert.ok(bytes.every((value) => value !== null && value > 2 ** 25));
      else assert.deepEqual(bytes, [null, null, null], 'it shares the memory of this process');
      if (engine === 'onnx') assert.deepEqual(tensors, [null, null, null]);
      else assert.ok((tensors[0] ?? 0) > 0 && tensors.every((value) => value === tensors[0]), tensors.join());
      assert.equal(handles.length, 1);
      await pool.close();
    }
  });

  it('a worker that hangs in a computation is ended and replaced', async () => {
    let started = 0;
    const pool = poolOf({
      timeoutMs: 1500,
      startWorker: (isolation, listener) => {
        if (started++ > 0) return startWorker(isolation, listener);
        const worker = new Worker(hanging, { eval: true });
        worker.on('message', (message: FromWorker) => listener.onMessage(message));
        worker.on('exit', (code) => listener.onExit(`thread ended with ${code}`));
        return { post: (message) => worker.postMessage(message), kill: () => void worker.terminate() };
      },
      attemptsMax: 10, // the real one may take its time on a busy machine
    });
    await pool.start();
    assert.deepEqual(await pool.infer(windows), expected);
    assert.ok(started >= 2);
    await pool.close();
  });

  it('a window that cannot be computed fails alone', async () => {
    const pool = poolOf();
    await pool.start();
    const poisoned = windows.map((window, k) =>
      k === 2 ? { ...window, location: undefined as unknown as Float64Array } : window,
    );
    assert.deepEqual(
      await pool.infer(poisoned),
      expected.map((result, k) => (k === 2 ? null : result)),
    );
    await pool.close();
  });

  it('does not start with a model that is not there, or is another one by now', async () => {
    const load = { kind: 'load', engine: 'onnx', options: tinyOptions() } as const;
    const rejection = (code: string) => (error: unknown) =>
      error instanceof DriftcastError && error.code === code && error.hint !== undefined;
    await assert.rejects(
      poolOf({ load: { ...load, modelDir: join(dir, 'nowhere') } }).start(),
      rejection('MODEL_INVALID'),
    );
    await assert.rejects(
      poolOf({ load: { ...load, modelDir: dir, modelVersion: '000000000000' } }).start(),
      rejection('MODEL_MISMATCH'),
    );
  });

  it('takes sample paths where the reverse process takes steps, the same every time', async () => {
    const options = tinyOptions({ samplerSteps: 3 });
    const pool = poolOf({ load: { kind: 'load', modelDir: dir, engine: 'auto', options } });
    await pool.start();
    const [together, alone] = [
      await pool.infer(windows),
      (await Promise.all(windows.map((window) => pool.infer([window])))).flat(),
    ];
    assert.deepEqual(alone, together);
    assert.notDeepEqual(together, expected);
    await pool.close();
  });
});
