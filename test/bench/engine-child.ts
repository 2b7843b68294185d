import { createRng } from '../../src/core/rng.ts';
import { CallBatch } from '../../src/diffusion/call.ts';
import { lossAndGradients } from '../../src/diffusion/ops/tfjs-gradient.ts';
import { TrainingSampler } from '../../src/diffusion/training-set.ts';
import { loadEngine } from '../../src/infer/engines/choose.ts';
import type { EngineName, EngineProbe, OnnxProvider } from '../../src/infer/engines/engine.ts';
import { randomBatch, randomWeights } from '../diffusion/fixtures.ts';
import { serveJobs } from './bench-child.ts';
import { randomModel } from './random-model.ts';
import { sampleTime, type Timing } from './sample-time.ts';

// First file of an engine's process in the benchmarks `engines` and `gpu`: argv is the engine's name, its provider, `quick` or
// `full`, and how many channels.

export type EngineJob =
  | { readonly kind: 'marginals' | 'training_step' }
  /** One null call of so many windows: its wall time and what the process holds then; with its results where asked. */
  | { readonly kind: 'batch'; readonly size: number; readonly results?: boolean };

export interface Batch {
  readonly wallMs: number;
  readonly residentBytes: number;
  readonly law?: { readonly location: Float32Array; readonly scale: Float32Array };
}

export type EngineReply =
  | { readonly kind: 'ready'; readonly probe: EngineProbe }
  | { readonly kind: 'unusable'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'timing'; readonly timing: Timing }
  | { readonly kind: 'batch'; readonly batch: Batch };

const send = (reply: EngineReply): void => void process.send?.(reply);
const batchSeed = 5;

async function serve(name: EngineName, provider: OnnxProvider, quick: boolean, channels: number): Promise<void> {
  const spec = await loadEngine(name);
  const probe = await spec.probe(provider);
  if (!probe.usable) return send({ kind: 'unusable', detail: probe.detail });
  const batchSize = quick ? 2 : 32;
  const { fitted, model } = randomModel({ channels, rows: quick ? 160 : 1000, tiny: quick });
  // every weight differs from zero, so that results tell right from wrong
  const weights = randomWeights(model.shape, createRng(batchSeed));
  const engine = await spec.create({ ...model, weights }, provider);
  const calls = new CallBatch(model.shape, batchSize);
  calls.cells.fill(0.5);
  const { basis, shape, places, folds } = fitted;
  const training = new TrainingSampler(basis, shape, places, folds, createRng(1)).draw(batchSize);
  const run = async (job: EngineJob): Promise<EngineReply> => {
    if (job.kind === 'batch') {
      const batch = randomBatch(shape, job.size, createRng(batchSeed));
      batch.task.fill(0);
      // as a plan gathers them: calls of one task stand together
      for (let k = 0; k < job.size; k++) batch.task[k * shape.tasks + Math.floor((k * shape.tasks) / job.size)] = 1;
      const startMs = performance.now();
      const law = await engine.marginals(batch);
      const wallMs = performance.now() - startMs;
      const residentBytes = process.memoryUsage.rss();
      return { kind: 'batch', batch: { wallMs, residentBytes, ...(job.results === true ? { law } : {}) } };
    }
    const once =
      job.kind === 'marginals'
        ? async () => void (await engine.marginals(calls))
        : async () => void (await lossAndGradients(shape, model.weights, training));
    return { kind: 'timing', timing: await sampleTime(once, quick ? 1 : 40) };
  };
  serveJobs<EngineJob, EngineReply>((job) =>
    run(job).catch((error: Error) => ({ kind: 'failed', detail: error.message.split('\n')[0] })),
  );
  send({ kind: 'ready', probe });
}

const [, , name, provider, size, channels] = process.argv;
await serve(name as EngineName, provider as OnnxProvider, size === 'quick', Number(channels));
