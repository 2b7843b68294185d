import path from 'node:path';
import type { Command } from 'commander';
import { loadPipeline } from '../config/load.ts';
import type { Registry } from '../core/registry.ts';
import { createTelemetry } from '../telemetry/create-telemetry.ts';
import { watchEventLoop } from '../telemetry/event-loop.ts';
import { buildPipeline } from '../topology/build-pipeline.ts';
import type { CliIo } from './io.ts';
import { openLivePage } from './live-page.ts';

interface RunOptions {
  readonly model?: string;
  readonly set: readonly string[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export function registerRun(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('run')
    .description('Run a pipeline until its source ends or a signal stops it.')
    .argument('<pipeline>', 'pipeline file')
    .option('--model <dir>', 'model package (default: model.path of the pipeline)')
    .option(
      '--set <path=value>',
      'override a value of the pipeline (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .addHelpText(
      'after',
      '\nExamples:\n  driftcast run pipelines/server-telemetry/pipeline.yaml\n  driftcast run pump/pipeline.yaml --model pump/model --set infer.engine=onnx --set dashboard.port=9000',
    )
    .action((file: string, options: RunOptions) => run(file, options, io, registry));
}

async function run(file: string, options: RunOptions, io: CliIo, registry: Registry): Promise<void> {
  const { config, resolvePath } = loadPipeline(file, { registry, env: io.env, overrides: options.set });
  const telemetry = createTelemetry({
    pipeline: config.name,
    level: options.logLevel,
    stream: io.stderr,
    pretty: io.isTerminal,
    processMetrics: true,
  });
  const page = config.dashboard.enabled ? await openLivePage(config, telemetry, io) : null;
  const built = await buildPipeline({
    config,
    registry,
    modelDir: options.model === undefined ? resolvePath(config.model.path) : path.resolve(options.model),
    resolvePath,
    clock: io.clock,
    telemetry,
    observers: page === null ? [] : [page.sink],
  });
  page?.follow(built);
  const stopWatching = watchEventLoop(telemetry, io.clock);
  telemetry.log('info', 'running', {
    model: built.model.manifest.version,
    engine: built.pool.engine?.name,
    device: built.pool.engine?.device,
    ...(page === null ? {} : { dashboard: page.url }),
  });
  const running = built.pipeline.run();
  // a signal stops the source; `running` then ends once everything in flight is delivered and committed
  const stopping = new Promise<never>((_, reject) => {
    const stop = () => {
      telemetry.log('info', 'stopping', { inFlight: built.pipeline.inFlight });
      built.pipeline.stop().catch(reject);
    };
    if (io.signal.aborted) stop();
    else io.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([running, stopping]);
    telemetry.log('info', 'stopped');
  } finally {
    stopWatching();
    await page?.close();
    await built.close();
  }
}
