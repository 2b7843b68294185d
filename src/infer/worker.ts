import { parentPort } from 'node:worker_threads';
import { systemClock } from '../core/clock.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import type { Model } from '../diffusion/model.ts';
import { chooseEngine, loadEngine } from './engines/choose.ts';
import type { Engine } from './engines/engine.ts';
import { loadModelPackage } from './model-package.ts';
import { inferWindows, type PlanOptions, type PlanWindow } from './plan.ts';
import { type FromWorker, type ToWorker, transferOf } from './protocol.ts';
import type { WorkerMemory } from './worker-memory.ts';

// A worker thread talks through parentPort, a child process through process.send: the rest is the same.
const send = (message: FromWorker, transfer: ArrayBuffer[] = []): void => {
  if (parentPort !== null) parentPort.postMessage(message, transfer);
  // the process that asked may be gone already: nobody is left to hear of it
  else process.send?.(message, undefined, undefined, () => undefined);
};

let loaded: { engine: Engine; model: Model; options: PlanOptions } | null = null;

const memoryNow = (): WorkerMemory => ({
  residentBytes: parentPort === null ? process.memoryUsage.rss() : null,
  tensors: loaded?.engine.tensorCount?.() ?? null,
});

async function load(message: Extract<ToWorker, { kind: 'load' }>): Promise<void> {
  const { model } = await loadModelPackage(message.modelDir);
  if (message.modelVersion !== undefined && message.modelVersion !== model.version) {
    throw new DriftcastError(
      'MODEL_MISMATCH',
      `loading model ${message.modelDir}: it is now ${model.version}, the pipeline started with ${message.modelVersion}`,
      {
        hint: 'Restart the pipeline to serve the new model.',
      },
    );
  }
  const name = await chooseEngine(message.engine);
  const engine = await (await loadEngine(name)).create(model, message.provider);
  loaded = { engine, model, options: message.options };
  await warmUp(engine, model, message.options);
  send({ kind: 'ready', engine: engine.name, device: engine.device, memory: memoryNow() });
}

/** First runs compile and allocate: they happen before the worker says that it is ready. */
async function warmUp(engine: Engine, model: Model, options: PlanOptions): Promise<void> {
  const channels = model.basis.priors.length;
  const values = new Float64Array(model.shape.length * channels);
  values.fill(Number.NaN, values.length - channels); // something to impute
  const window: PlanWindow = {
    series: 'warm-up',
    endMs: (Math.max(1, options.forecastEverySteps) - 1) * model.basis.stepMs, // a forecast is due
    newRows: 1,
    observedFraction: 1,
    values,
    location: new Float64Array(channels),
    scale: new Float64Array(channels).fill(1),
  };
  await inferWindows(engine, model, options, [window]);
}

async function run(message: Extract<ToWorker, { kind: 'run' }>): Promise<void> {
  if (loaded === null) throw new DriftcastError('INTERNAL', 'running a batch: no model is loaded');
  const startMs = systemClock.monotonicMs();
  const results = await inferWindows(loaded.engine, loaded.model, loaded.options, message.windows);
  send(
    {
      kind: 'done',
      batch: message.batch,
      results,
      computeMs: systemClock.monotonicMs() - startMs,
      memory: memoryNow(),
    },
    transferOf(results),
  );
}

async function receive(message: ToWorker): Promise<void> {
  try {
    await (message.kind === 'load' ? load(message) : run(message));
  } catch (error) {
    if (message.kind === 'run')
      send({ kind: 'failed', batch: message.batch, message: messageOf(error), memory: memoryNow() });
    else {
      const { code, hint } = error instanceof DriftcastError ? error : new DriftcastError('WORKER_FAILED', '');
      send({ kind: 'refused', code, message: messageOf(error), hint: hint ?? '' });
    }
  }
}

if (parentPort !== null) parentPort.on('message', (message: ToWorker) => void receive(message));
else {
  process.on('message', (message: ToWorker) => void receive(message));
  process.on('disconnect', () => process.exit(0)); // the parent is gone: nobody waits for an answer
  // Ctrl-C reaches the whole group: the parent still drains, and ends its workers when it is done
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
}
