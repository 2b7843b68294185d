import { silentTelemetry } from '../../../src/core/telemetry.ts';
import type { PlanResult, PlanWindow } from '../../../src/infer/plan.ts';
import { WorkerPool } from '../../../src/infer/pool.ts';
import type { FromWorker, ToWorker } from '../../../src/infer/protocol.ts';
import type { WorkerHandle, WorkerListener } from '../../../src/infer/worker-handle.ts';
import type { Chaos } from './chaos.ts';
import { isPoison } from './fake-parts.ts';
import type { VirtualTime } from './virtual-time.ts';

const ready: FromWorker = { kind: 'ready', engine: 'onnx', device: 'cpu' };

/** The worker pool of the product with workers that are slow, fail, hang and die. Started; its workers come up in their time. */
export function unsteadyPool(
  time: VirtualTime,
  chaos: Chaos,
  resultOf: (window: PlanWindow) => PlanResult,
): WorkerPool {
  /** A window that fails twice by chance would be given up for what others did: each is in one batch that fails by chance. */
  const unlucky = new WeakSet<PlanWindow>();
  const mayFail = (windows: readonly PlanWindow[]) => {
    if (windows.some((window) => unlucky.has(window))) return false;
    for (const window of windows) unlucky.add(window);
    return true;
  };
  const slownessMax = 1 + chaos.integer(30);
  const pool = new WorkerPool({
    workers: 1 + chaos.integer(3),
    isolation: 'thread',
    load: { kind: 'load', modelDir: '', engine: 'auto', options: noOptions },
    attemptsMax: 3,
    timeoutMs: 1000,
    clock: time,
    telemetry: silentTelemetry,
    startWorker: (_, listener) => startWorker(listener),
  });

  function startWorker(listener: WorkerListener): WorkerHandle {
    let ended = false;
    const end = (detail: string) => {
      if (ended) return;
      ended = true;
      void time.sleep(10).then(() => listener.onExit(detail));
    };
    const say = (message: FromWorker) => {
      if (!ended) listener.onMessage(message);
    };
    const run = async ({ batch, windows }: Extract<ToWorker, { kind: 'run' }>) => {
      await time.sleep(10 * chaos.integer(slownessMax));
      if (chaos.strikes('worker hangs') && mayFail(windows)) return;
      if (chaos.strikes('worker dies') && mayFail(windows)) return end('killed');
      const fails = (chaos.strikes('batch fails') && mayFail(windows)) || windows.some(isPoison);
      if (fails) say({ kind: 'failed', batch, message: 'no' });
      else say({ kind: 'done', batch, results: windows.map(resultOf), computeMs: 1 });
    };
    return {
      post: (message) => {
        if (message.kind === 'run') void run(message);
        else if (chaos.strikes('worker does not start')) end('short of memory');
        else void time.sleep(10 * chaos.integer(20)).then(() => say(ready));
      },
      kill: () => end('killed'),
    };
  }

  // it lasts as long as the process: whether it came up, the batches will tell
  void pool.start().catch(() => undefined);
  return pool;
}

/** The fake workers have no plan to make. */
const noOptions = {} as Extract<ToWorker, { kind: 'load' }>['options'];
