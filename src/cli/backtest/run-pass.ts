import { rm } from 'node:fs/promises';
import path from 'node:path';
import cliProgress from 'cli-progress';
import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Sink } from '../../core/component.ts';
import { DriftcastError } from '../../core/errors.ts';
import type { Reading } from '../../core/reading.ts';
import type { Registry } from '../../core/registry.ts';
import { createTelemetry } from '../../telemetry/create-telemetry.ts';
import { buildPipeline } from '../../topology/build-pipeline.ts';
import type { CliIo } from '../io.ts';

/** One replay of the file through the rooms of `run`. */
export interface Pass {
  readonly name: string;
  readonly config: PipelineConfig;
  readonly sink: Sink;
  readonly alter?: (reading: Reading) => readonly Reading[];
  /** The same file a second time: what is wrong with it has been said. */
  readonly again: boolean;
}

export interface PassSurroundings {
  readonly registry: Registry;
  readonly io: CliIo;
  readonly resolvePath: (path: string) => string;
  readonly modelDir: string;
  readonly outDir: string;
}

/** Errors: those of the pipeline; USAGE when a signal stops it. */
export async function runPass(pass: Pass, { registry, io, resolvePath, modelDir, outDir }: PassSurroundings) {
  const { name, sink, alter } = pass;
  const telemetry = createTelemetry({
    pipeline: pass.config.name,
    level: pass.again ? 'error' : 'warn',
    stream: io.stderr,
    pretty: io.isTerminal,
  });
  const deadLetters = path.resolve(outDir, 'dead-letters.jsonl');
  await rm(deadLetters, { force: true }); // new letters go behind old ones, and each pass has them all
  const config: PipelineConfig = {
    ...pass.config,
    sinks: [],
    dead_letter: { type: 'file', path: deadLetters, max_bytes: 16_777_216 },
  };
  const built = await buildPipeline({
    config,
    registry,
    modelDir,
    resolvePath,
    clock: io.clock,
    telemetry,
    observers: [sink],
    ...(alter === undefined ? {} : { alter }),
  });
  const stopShowing = showProgress(name, () => built.progress() ?? 0, io);
  const stop = () => void built.pipeline.stop().catch(() => undefined);
  io.signal.addEventListener('abort', stop, { once: true });
  if (io.signal.aborted) stop();
  try {
    await built.pipeline.run();
  } finally {
    stopShowing();
    io.signal.removeEventListener('abort', stop);
    await built.close();
  }
  if (io.signal.aborted) throw new DriftcastError('USAGE', 'backtest: stopped by a signal before its end');
}

/** A bar where a person is looking; gives what ends it. */
function showProgress(name: string, share: () => number, io: CliIo): () => void {
  if (!io.isTerminal) return () => {};
  const bar = new cliProgress.SingleBar(
    {
      format: `${name} {bar} {percentage} % | {eta_formatted} left`,
      stream: io.stderr as NodeJS.WriteStream,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(100, 0);
  const stop = io.clock.every(250, () => bar.update(Math.floor(100 * share())));
  return () => {
    stop();
    bar.stop();
  };
}
