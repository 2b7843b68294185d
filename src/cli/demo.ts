import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { loadPipeline } from '../config/load.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import { loadModelPackage, type ModelPackage } from '../infer/model-package.ts';
import type { Fault, Plant, PlantOptions } from '../source/plant/plant.ts';
import { type PlantName, plants } from '../source/plant/plants.ts';
import { simulationStart } from '../source/simulate.ts';
import { createTelemetry, type PipelineTelemetry } from '../telemetry/create-telemetry.ts';
import { type BuiltPipeline, buildPipeline } from '../topology/build-pipeline.ts';
import { openingPValue } from '../topology/opening-p-value.ts';
import { firedIncidents, matchFaults } from './demo/match-faults.ts';
import { plantTruth } from './demo/plant-truth.ts';
import { alarmRows, type DemoSummary, demoText, faultRows } from './demo/summary.ts';
import { AnomalyJudge } from './evaluate/anomaly-judge.ts';
import { ForecastJudge } from './evaluate/forecast-judge.ts';
import { ImputationJudge } from './evaluate/imputation-judge.ts';
import { judgeSink } from './evaluate/judge-sink.ts';
import { channelScales, seasonSteps } from './evaluate/scales.ts';
import type { SeriesTruth } from './evaluate/truth.ts';
import type { CliIo } from './io.ts';
import { type LivePage, openLivePage } from './live-page.ts';
import { positiveNumber, wholeNumber } from './number-options.ts';
import { makeFolder, writeText } from './write-files.ts';

interface DemoOptions {
  readonly out: string;
  readonly seed?: number;
  readonly days?: number;
  readonly serve?: boolean;
  readonly set: readonly string[];
}

const pipelineFile = fileURLToPath(new URL('../../pipelines/demo/pipeline.yaml', import.meta.url));
/** An alert this long after a fault still belongs to it: coming back to normal is part of the event. */
const graceMs = 3_600_000;
const reportEveryPercent = 20;
/** What it writes, and nothing else in the folder is its own. */
const files = { results: 'results.lp', summary: 'summary.json', deadLetters: 'dead-letters.jsonl' } as const;

export function registerDemo(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('demo')
    .description(
      'Run the simulated pump station through the pipeline and judge the results against what the simulator knows.',
    )
    .option('--out <dir>', 'folder for results.lp and summary.json', 'out/demo')
    .option('--seed <n>', 'seed of the simulator', wholeNumber)
    .option('--days <n>', 'simulated days', positiveNumber)
    .option('--serve', 'keep the live page open at the end (on a terminal it stays open anyway)')
    .option(
      '--set <path=value>',
      'override a value of the pipeline (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .addHelpText('after', '\nExamples:\n  driftcast demo\n  driftcast demo --days 14 --seed 3 --out /tmp/demo --serve')
    .action((options: DemoOptions) => demo(options, io, registry));
}

async function demo(options: DemoOptions, io: CliIo, registry: Registry): Promise<void> {
  const out = path.resolve(options.out);
  const { config: asked, resolvePath } = loadPipeline(pipelineFile, {
    registry,
    env: io.env,
    overrides: overridesOf(options, out),
  });
  const config: PipelineConfig = {
    ...asked,
    score: { ...asked.score, references_series_max: asked.limits.series_max },
  };
  const modelDir = resolvePath(config.model.path);
  const loaded = await loadModelPackage(modelDir);
  await makeFolder(out);
  for (const name of Object.values(files)) await rm(path.join(out, name), { force: true });
  const startedMs = io.clock.monotonicMs();
  const plan = plantOf(config);
  const { truth, faults } = plantTruth(plan.plant, plan);
  const judges = judgesOf(config, loaded, truth);
  const telemetry = createTelemetry({ pipeline: config.name, level: 'warn', stream: io.stderr, pretty: true });
  const page = options.serve === true || io.isTerminal ? await openPage(config, telemetry, io) : null;
  const judge = judgeSink({ config, model: loaded.model, truth, ...judges });
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
  if (io.signal.aborted) throw new DriftcastError('USAGE', 'demo: stopped by a signal before its end');
  const model = { version: loaded.manifest.version, engine: built.pool.engine?.name ?? 'none' };
  const summary = summaryOf({ config, plan, truth, faults, judges, model });
  await writeText(path.join(out, files.summary), `${JSON.stringify(summary, null, 2)}\n`);
  const shown = (name: string) => path.relative('.', path.join(out, name));
  io.stdout.write(
    `\n${demoText(summary, (io.clock.monotonicMs() - startedMs) / 1000)}\n\n${shown(files.results)} imports into InfluxDB as it is; ${shown(files.summary)} has all figures.\n`,
  );
  if (page !== null) await keepOpen(page, io);
}

/** What was asked for comes last and wins. */
const overridesOf = ({ seed, days, set }: DemoOptions, out: string): string[] => [
  `sinks.0.path=${JSON.stringify(path.join(out, files.results))}`,
  `dead_letter.path=${JSON.stringify(path.join(out, files.deadLetters))}`,
  `limits.future_ms_max=${Number.MAX_SAFE_INTEGER}`, // simulated days may lie ahead of this machine's clock
  ...(seed === undefined ? [] : [`source.seed=${seed}`]),
  ...(days === undefined ? [] : [`source.days=${days}`]),
  ...set,
];

interface Judges {
  readonly forecast: ForecastJudge;
  readonly imputation: ImputationJudge;
  readonly anomaly: AnomalyJudge;
}

function judgesOf(config: PipelineConfig, { model }: ModelPackage, truth: readonly SeriesTruth[]): Judges {
  const scales = channelScales(config, model.basis.priors);
  const { step_ms: stepMs } = config.window;
  const { quantiles: levels, horizon_steps: horizon } = config.model;
  return {
    forecast: new ForecastJudge({ levels, scales, horizon, seasonSteps: seasonSteps(stepMs) }),
    imputation: new ImputationJudge({ levels, scales, seasonSteps: seasonSteps(stepMs) }),
    anomaly: new AnomalyJudge({
      truth,
      stepMs,
      askedPValue: openingPValue(config, model.calibration.rowsPerAlarm),
      graceSteps: Math.ceil(config.score.half_life_steps),
    }),
  };
}

interface Finished {
  readonly config: PipelineConfig;
  readonly plan: PlantPlan;
  readonly truth: readonly SeriesTruth[];
  readonly faults: readonly Fault[];
  readonly judges: Judges;
  readonly model: { readonly version: string; readonly engine: string };
}

function summaryOf({ config, plan, truth, faults, judges, model }: Finished): DemoSummary {
  const { steps, seed, startMs } = plan;
  const names = config.channels.map(({ name }) => name);
  const incidents = firedIncidents(judges.anomaly.alerts, names, startMs + steps * config.window.step_ms);
  const { verdicts, falseAlarms } = matchFaults(faults, incidents, graceMs);
  const days = (steps * config.window.step_ms) / 86_400_000;
  const hidden = truth.reduce((n, own) => n + own.hidden.reduce((a, b) => a + b, 0), 0);
  const cells = truth.reduce((n, own) => n + own.hidden.length, 0);
  return {
    pipeline: config.name,
    model: model.version,
    engine: model.engine,
    seed,
    days,
    rows: steps,
    imputation: judges.imputation.json(hidden / cells),
    forecast: judges.forecast.json(),
    anomaly: judges.anomaly.json() as NonNullable<DemoSummary['anomaly']>, // the simulator labels every series
    faults: faultRows(verdicts),
    false_alarms: alarmRows(falseAlarms),
    false_alarms_per_day: falseAlarms.length / days,
    false_alarms_per_day_asked: config.alert.false_alarms_per_day ?? null,
  };
}

/** A port that is taken is no reason not to show anything. */
async function openPage(config: PipelineConfig, telemetry: PipelineTelemetry, io: CliIo): Promise<LivePage> {
  try {
    return await openLivePage(config, telemetry, io);
  } catch (error) {
    if (config.dashboard.port === 0) throw error;
    return await openLivePage({ ...config, dashboard: { ...config.dashboard, port: 0 } }, telemetry, io);
  }
}

interface PlantPlan extends PlantOptions {
  readonly plant: Plant;
}

function plantOf(config: PipelineConfig): PlantPlan {
  const { source } = config;
  const plant = plants[source.plant as PlantName];
  if (source.type !== 'simulate' || plant === undefined)
    throw new DriftcastError('CONFIG_INVALID', 'running the demo: its pipeline must read from the simulator');
  const steps =
    (source.steps as number | undefined) ?? Math.max(1, Math.round((Number(source.days) * 86_400_000) / plant.stepMs));
  return {
    plant,
    steps,
    seed: Number(source.seed),
    startMs: Date.parse(String(source.start ?? simulationStart)),
    faults: source.faults === true,
    dropouts: source.dropouts === true,
  };
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
