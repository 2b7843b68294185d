import { createRng } from '../../src/core/rng.ts';
import { CallBatch } from '../../src/diffusion/call.ts';
import { lossAndGradients } from '../../src/diffusion/ops/tfjs-gradient.ts';
import { TrainingSampler } from '../../src/diffusion/training-set.ts';
import { loadEngine } from '../../src/infer/engines/choose.ts';
import type { EngineName } from '../../src/infer/engines/engine.ts';
import { serveJobs } from './bench-child.ts';
import { randomModel } from './random-model.ts';
import { sampleTime, type Timing } from './sample-time.ts';

// First file of an engine's process in the benchmark `engines`: argv is the engine's name and `quick` or `full`.

export type EngineJob = 'marginals' | 'training_step';
export type EngineReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly detail: string }
  | { readonly kind: 'timing'; readonly timing: Timing };

const send = (reply: EngineReply): void => void process.send?.(reply);

async function serve(name: EngineName, quick: boolean): Promise<void> {
  const spec = await loadEngine(name);
  const probe = await spec.probe();
  if (!probe.usable) return send({ kind: 'unusable', detail: probe.detail });
  const batchSize = quick ? 2 : 32;
  const { fitted, model } = randomModel({ channels: quick ? 2 : 10, rows: quick ? 160 : 1000, tiny: quick });
  const engine = await spec.create(model);
  const calls = new CallBatch(model.shape, batchSize);
  calls.cells.fill(0.5);
  const { basis, shape, places, folds } = fitted;
  const batch = new TrainingSampler(basis, shape, places, folds, createRng(1)).draw(batchSize);
  const jobs: Record<EngineJob, () => Promise<void>> = {
    marginals: async () => void (await engine.marginals(calls)),
    training_step: async () => void (await lossAndGradients(shape, model.weights, batch)),
  };
  serveJobs<EngineJob, EngineReply>(async (job) => ({
    kind: 'timing',
    timing: await sampleTime(jobs[job], quick ? 1 : 40),
  }));
  send({ kind: 'ready' });
}

await serve(process.argv[2] as EngineName, process.argv[3] === 'quick');
