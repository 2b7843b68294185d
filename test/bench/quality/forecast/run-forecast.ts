import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { runPass } from '../../../../src/cli/backtest/run-pass.ts';
import { withoutFuture } from '../../../../src/cli/read-history.ts';
import { registerTrain } from '../../../../src/cli/train.ts';
import { registry } from '../../../../src/components.ts';
import { loadPipeline } from '../../../../src/config/load.ts';
import type { PipelineConfig } from '../../../../src/config/pipeline-schema.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { crpsLevels } from '../../../../src/eval/crps.ts';
import { onnxEngine } from '../../../../src/infer/engines/onnx.ts';
import { loadModelPackage } from '../../../../src/infer/model-package.ts';
import { cpuSeconds } from '../cpu-time.ts';
import type { RunSettings } from '../settings.ts';
import { benchIo } from './bench-io.ts';
import type { ForecastData } from './forecast-data.ts';
import { ForecastScorer } from './forecast-scorer.ts';
import { type ForecastTask, writePipelineFiles } from './pipeline-files.ts';

export interface ForecastRun {
  readonly scorer: ForecastScorer;
  readonly model: Model;
  /** CPU seconds of `driftcast train`: bases, network, calibration. */
  readonly trainCpuS: number;
}

/** `driftcast train` on the history, then the feed through the rooms of `run`: every forecast judged as it is served. */
export async function runForecast(
  data: ForecastData,
  task: ForecastTask,
  settings: RunSettings,
  seed: number,
  apart: ReadonlyMap<string, readonly number[]>,
): Promise<ForecastRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'driftcast-quality-'));
  try {
    const files = writePipelineFiles(folder, data, task, settings, seed);
    const io = benchIo(settings.say);
    const modelDir = path.join(folder, 'model');
    const from = process.cpuUsage();
    const program = new Command().exitOverride();
    registerTrain(program, io, registry);
    const budget = ['--budget-seconds', String(settings.budgetSeconds)];
    await program.parseAsync(['train', files.pipeline, '--data', files.history, '--out', modelDir, ...budget], {
      from: 'user',
    });
    const trainCpuS = cpuSeconds(from);
    settings.say(`  trained in ${trainCpuS.toFixed(0)} CPU s`);
    const { config: asked, resolvePath } = loadPipeline(files.pipeline, { registry, env: {}, overrides: [] });
    const config: PipelineConfig = {
      ...withoutFuture(asked),
      model: { ...asked.model, quantiles: [...crpsLevels] },
    };
    const { model } = await loadModelPackage(modelDir);
    const engine = await onnxEngine.create(model);
    const scorer = new ForecastScorer({ data, model, engine, config, apart });
    const outDir = path.join(folder, 'out');
    mkdirSync(outDir);
    const pass = { name: 'forecast', config, sink: scorer.sink(), again: true };
    await runPass(pass, { registry, io, resolvePath, modelDir, outDir }).finally(() => engine.dispose());
    return { scorer, model, trainCpuS };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
