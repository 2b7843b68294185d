import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { loadPipeline } from '../config/load.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import { loadModelPackage } from '../infer/model-package.ts';
import type { Plant } from '../source/plant/plant.ts';
import { type PlantName, plants } from '../source/plant/plants.ts';
import { simulationStart } from '../source/simulate.ts';
import { createTelemetry } from '../telemetry/create-telemetry.ts';
import { type BuiltPipeline, buildPipeline } from '../topology/build-pipeline.ts';
import { firedIncidents, matchFaults } from './demo/match-faults.ts';
import { plantTruth } from './demo/plant-truth.ts';
import { alarmRows, type DemoSummary, demoText, faultRows } from './demo/summary.ts';
import { AnomalyJudge } from './evaluate/anomaly-judge.ts';
import { ForecastJudge } from './evaluate/forecast-judge.ts';
import { ImputationJudge } from './evaluate/imputation-judge.ts';
import { anomalyReferences, judgeSink } from './evaluate/judge-sink.ts';
import { channelScales, seasonSteps } from './evaluate/scales.ts';
import type { CliIo } from './io.ts';
import { type LivePage, openLivePage } from './live-page.ts';

interface DemoOptions {
  readonly out: string;
  readonly seed?: string;
  readonly days?: string;
  readonly serve?: boolean;
  readonly set: readonly string[];
}

const pipelineFile = fileURLToPath(new URL('../../pipelines/demo/pipeline.yaml', import.meta.url));
/** An alert this long after a fault still belongs to it: coming back to normal is part of the event. */
const graceMs = 3_600_000;
const reportEveryPercent = 20;

export function registerDemo(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('demo')
    .description(
      'Run the simulated pump station through the pipeline and judge the results against what the simulator knows.',
    )
    .option('--out <dir>', 'folder for results.lp and summary.json', 'out/demo')
    .option('--seed <n>', 'seed of the simulator')
    .option('--days <n>', 'simulated days')
    .option('--serve', 'keep the live page open at the end (on a terminal it stays open anyway)')
    .option(
      '--set <path=value>',
      'override a value of the pipeline (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .action((options: DemoOptions) => demo(options, io, registry));
}

async function demo(options: DemoOptions, io: CliIo, registry: Registry): Promise<void> {
  const out = path.resolve(options.out);
  const overrides = [
    `sinks.0.path=${path.join(out, 'results.lp')}`,
    `dead_letter.path=${path.join(out, 'dead-letters.jsonl')}`,
    ...(options.seed === undefined ? [] : [`source.seed=${options.seed}`]),
    ...(options.days === undefined ? [] : [`source.days=${options.days}`]),
    ...options.set,
  ];
  const { config, resolvePath } = loadPipeline(pipelineFile, { registry, env: io.env, overrides });
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const startedMs = io.clock.monotonicMs();
  const { plant, steps, seed, startMs } = plantOf(config);
  const { truth, faults } = plantTruth(plant, { seed, startMs, steps, faults: true, dropouts: true });
  const modelDir = resolvePath(config.model.path);
  const { model, manifest } = await loadModelPackage(modelDir);
  const scales = channelScales(config, model.basis.priors);
  const forecast = new ForecastJudge({
    levels: config.model.quantiles,
    scales,
    horizon: config.model.horizon_steps,
    seasonSteps: seasonSteps(config.window.step_ms),
  });
  const imputation = new ImputationJudge(config.model.quantiles, scales);
  const anomaly = new AnomalyJudge({
    truth,
    references: anomalyReferences,
    stepMs: config.window.step_ms,
    askedPValue: config.alert.p_value,
    graceSteps: Math.ceil(config.score.half_life_steps),
  });
  const telemetry = createTelemetry({ pipeline: config.name, level: 'warn', stream: io.stderr, pretty: true });
  const serve = options.serve === true || io.isTerminal;
  const page = serve ? await openLivePage(config, telemetry, io) : null;
  const judge = judgeSink({ config, model, truth, forecast, imputation, anomaly });
  const built = await buildPipeline({
    config,
    registry,
    modelDir,
    resolvePath,
    clock: io.clock,
    telemetry,
    observers: page === null ? [judge] : [judge, page.sink],
  });
  page?.follow(built);
  if (page !== null) io.stdout.write(`live page: ${page.url}\n`);
  await runWithProgress(built, io);
  await built.close();
  page?.finish();
  const endMs = startMs + steps * config.window.step_ms;
  const incidents = firedIncidents(
    anomaly.alerts,
    config.channels.map(({ name }) => name),
    endMs,
  );
  const { verdicts, falseAlarms } = matchFaults(faults, incidents, graceMs);
  const days = (steps * config.window.step_ms) / 86_400_000;
  const summary: DemoSummary = {
    pipeline: config.name,
    model: manifest.version,
    engine: built.pool.engine?.name ?? 'none',
    seed,
    days,
    rows: steps,
    imputation: imputation.json(
      truth.reduce((n, t) => n + t.hidden.reduce((a, b) => a + b, 0), 0) /
        truth.reduce((n, t) => n + t.hidden.length, 0),
    ),
    forecast: forecast.json(),
    anomaly: anomaly.json() as NonNullable<DemoSummary['anomaly']>,
    faults: faultRows(verdicts),
    false_alarms: alarmRows(falseAlarms),
    false_alarms_per_day: falseAlarms.length / days,
  };
  await writeFile(path.join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  io.stdout.write(
    `\n${demoText(summary, (io.clock.monotonicMs() - startedMs) / 1000)}\n\n${path.relative('.', path.join(out, 'results.lp'))} imports into InfluxDB as it is; ${path.relative('.', path.join(out, 'summary.json'))} has all figures.\n`,
  );
  if (page !== null) await keepOpen(page, io);
}

function plantOf(config: PipelineConfig): { plant: Plant; steps: number; seed: number; startMs: number } {
  const { source } = config;
  const plant = plants[source.plant as PlantName];
  if (source.type !== 'simulate' || plant === undefined)
    throw new DriftcastError('CONFIG_INVALID', 'running the demo: its pipeline must read from the simulator');
  const steps =
    typeof source.steps === 'number' ? source.steps : Math.round((Number(source.days) * 86_400_000) / plant.stepMs);
  return { plant, steps, seed: Number(source.seed), startMs: Date.parse(String(source.start ?? simulationStart)) };
}

/** A bar on a terminal, a line now and then elsewhere. */
async function runWithProgress(built: BuiltPipeline, io: CliIo): Promise<void> {
  const bar = io.isTerminal
    ? new cliProgress.SingleBar(
        {
          format: 'streaming {bar} {percentage} % | {eta_formatted} left',
          stream: io.stdout as NodeJS.WriteStream,
          clearOnComplete: true,
        },
        cliProgress.Presets.shades_classic,
      )
    : null;
  bar?.start(100, 0);
  let reported = 0;
  const stopShowing = io.clock.every(250, () => {
    const percent = Math.floor(100 * (built.progress() ?? 0));
    bar?.update(percent);
    if (bar === null && percent >= reported + reportEveryPercent) {
      reported = percent - (percent % reportEveryPercent);
      io.stdout.write(`streamed ${reported} %\n`);
    }
  });
  const stop = () => void built.pipeline.stop().catch(() => undefined);
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    await built.pipeline.run();
  } finally {
    stopShowing();
    bar?.stop();
    io.signal.removeEventListener('abort', stop);
  }
}

async function keepOpen(page: LivePage, io: CliIo): Promise<void> {
  io.stdout.write(`\nThe live page stays open at ${page.url}; Ctrl-C ends it.\n`);
  while (!io.signal.aborted) await io.clock.sleep(3_600_000, io.signal);
  await page.close();
}
