import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { loadPipeline } from '../config/load.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { Sink } from '../core/component.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Reading } from '../core/reading.ts';
import type { Registry } from '../core/registry.ts';
import { createRng, seedOf } from '../core/rng.ts';
import { crpsLevels } from '../eval/crps.ts';
import { type MetricsJson, metricsJson } from '../eval/metrics-json.ts';
import { renderReport } from '../eval/report.ts';
import { loadModelPackage, type ModelPackage } from '../infer/model-package.ts';
import { createTelemetry } from '../telemetry/create-telemetry.ts';
import { buildPipeline } from '../topology/build-pipeline.ts';
import type { SeriesHistory } from '../window/history.ts';
import { forecastLines, imputedLines, scoreLines } from './backtest/csv-lines.ts';
import { Examples } from './backtest/examples.ts';
import { readLabels } from './backtest/read-labels.ts';
import { reportData } from './backtest/report-data.ts';
import { AnomalyJudge } from './evaluate/anomaly-judge.ts';
import { ForecastJudge } from './evaluate/forecast-judge.ts';
import { hideCells } from './evaluate/hide-cells.ts';
import { ImputationJudge } from './evaluate/imputation-judge.ts';
import { anomalyReferences, type JudgeParts, judgeSink } from './evaluate/judge-sink.ts';
import { channelScales, seasonSteps } from './evaluate/scales.ts';
import type { SeriesTruth } from './evaluate/truth.ts';
import type { CliIo } from './io.ts';
import { readHistory, replayOf } from './read-history.ts';

interface BacktestOptions {
  readonly model: string;
  readonly data: string;
  readonly out: string;
  readonly label?: string;
  readonly set: readonly string[];
}

/** One replay of the file through the rooms of `run`. */
interface Pass {
  readonly name: string;
  readonly config: PipelineConfig;
  readonly sink: Sink;
  readonly alter?: (reading: Reading) => Reading;
}

interface Setting {
  readonly options: BacktestOptions;
  readonly config: PipelineConfig;
  readonly registry: Registry;
  readonly io: CliIo;
  readonly model: ModelPackage;
  readonly resolvePath: (path: string) => string;
}

export function registerBacktest(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('backtest')
    .description(
      'Replay a file causally through the pipeline, judge the results and write metrics, scores and a report.',
    )
    .argument('<pipeline>', 'pipeline file')
    .requiredOption('--model <dir>', 'model package')
    .requiredOption('--data <file>', 'CSV file (or .csv.gz) with a header and a time column')
    .requiredOption('--out <dir>', 'folder for metrics.json, scores.csv, forecast.csv, imputed.csv and report.html')
    .option('--label <column>', 'column that is 1 where the data are anomalous; it is not shown to the model')
    .option(
      '--set <path=value>',
      'override a value of the pipeline (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .addHelpText(
      'after',
      '\nExamples:\n  driftcast backtest pump/pipeline.yaml --model pump/model --data june.csv --out out/june\n  driftcast backtest pump/pipeline.yaml --model pump/model --data labelled.csv --label anomaly --out out/labelled',
    )
    .action((file: string, options: BacktestOptions) => backtest(file, options, io, registry));
}

async function backtest(file: string, options: BacktestOptions, io: CliIo, registry: Registry): Promise<void> {
  const { config: asked, resolvePath } = loadPipeline(file, { registry, env: io.env, overrides: options.set });
  const model = await loadModelPackage(path.resolve(options.model));
  const parts = replayOf(asked, options.data, options.label === undefined ? [] : [options.label]);
  // a finer set of quantiles than is served: CRPS over the 19 levels that the literature uses
  const config: PipelineConfig = {
    ...asked,
    ...parts,
    model: { ...asked.model, quantiles: [...crpsLevels] },
    state: { ...asked.state, path: '' },
    limits: { ...asked.limits, future_ms_max: Number.MAX_SAFE_INTEGER },
  };
  const history = await readHistory(config, registry, io, parts);
  if (history.series.every(({ rows }) => rows <= config.window.length_steps)) {
    throw new DriftcastError(
      'DATA_INSUFFICIENT',
      `backtesting on ${options.data}: no series is longer than one window (${config.window.length_steps} rows)`,
      { hint: 'Use a longer file.' },
    );
  }
  const labels =
    options.label === undefined
      ? null
      : await readLabels(options.data, options.label, parts.source, parts.decode, config, history.series);
  const truth = history.series.map((one, index): SeriesTruth => truthOf(one, labels?.[index] ?? null));
  const hiddenTruth = history.series.map(
    (one, index): SeriesTruth => ({ ...(truth[index] as SeriesTruth), hidden: hide(one, config) }),
  );
  await mkdir(options.out, { recursive: true });
  const setting: Setting = { options, config, registry, io, model, resolvePath };
  const scales = channelScales(config, model.model.basis.priors);
  const forecast = new ForecastJudge({
    levels: crpsLevels,
    scales,
    horizon: config.model.horizon_steps,
    seasonSteps: seasonSteps(config.window.step_ms),
  });
  const imputation = new ImputationJudge(crpsLevels, scales);
  const anomaly = new AnomalyJudge({
    truth,
    references: anomalyReferences,
    stepMs: config.window.step_ms,
    askedPValue: config.alert.p_value,
    graceSteps: Math.ceil(config.score.half_life_steps),
  });
  const examples = new Examples(config, truth, hiddenTruth);
  await judgeForecastAndScore(setting, truth, forecast, anomaly, examples);
  await judgeImputation(setting, hiddenTruth, imputation, examples);
  await writeLines(path.join(options.out, 'scores.csv'), scoreLines(anomaly.series, config));
  const metrics = metricsOf(setting, truth, hiddenTruth, { forecast, imputation, anomaly });
  await writeFile(path.join(options.out, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  await writeFile(
    path.join(options.out, 'report.html'),
    renderReport(reportData(metrics, model.manifest, config, anomaly, examples)),
  );
  io.stdout.write(
    `${headline(metrics)}\nwritten to ${options.out}: metrics.json, scores.csv, forecast.csv, imputed.csv, report.html\n`,
  );
}

const truthOf = (one: SeriesHistory, labels: Uint8Array | null): SeriesTruth => ({
  series: one.series,
  startMs: one.startMs,
  rows: one.rows,
  truth: one.values,
  hidden: new Uint8Array(one.values.length),
  labels,
});

/** The first window and what is never final at the end stay whole. */
function hide(one: SeriesHistory, config: PipelineConfig): Uint8Array {
  const { length_steps: length, stride_steps: stride } = config.window;
  const last = one.rows - config.model.impute_delay_steps - 2 * stride;
  return hideCells(
    one.values,
    config.channels.length,
    Math.min(length, one.rows),
    last,
    createRng(seedOf('backtest', one.series)),
  );
}

async function judgeForecastAndScore(
  setting: Setting,
  truth: readonly SeriesTruth[],
  forecast: ForecastJudge,
  anomaly: AnomalyJudge,
  examples: Examples,
): Promise<void> {
  const { config, model, options } = setting;
  const out = createWriteStream(path.join(options.out, 'forecast.csv'));
  out.write('time,series,channel,horizon_steps,p05,p50,p95,observed\n');
  const onOutcome: JudgeParts['onOutcome'] = async (verdict, own, endRow) => {
    examples.addVerdict(verdict, own, endRow);
    const { forecast: made } = verdict.inference;
    if (made === null) return;
    examples.addForecast(verdict.inference, own, endRow);
    await write(out, forecastLines(made, own, endRow, config));
  };
  const sink = judgeSink({ config, model: model.model, truth, forecast, imputation: null, anomaly, onOutcome });
  await runPass(setting, { name: 'forecast and score', config, sink });
  await end(out);
}

async function judgeImputation(
  setting: Setting,
  truth: readonly SeriesTruth[],
  imputation: ImputationJudge,
  examples: Examples,
): Promise<void> {
  const { model, options } = setting;
  const config: PipelineConfig = { ...setting.config, model: { ...setting.config.model, forecast_every_steps: 0 } };
  const bySeries = new Map(truth.map((own) => [own.series, own]));
  const channels = config.channels.length;
  const alter = (reading: Reading): Reading => {
    const own = bySeries.get(reading.series);
    if (own === undefined) return reading;
    const row = Math.floor((reading.timeMs - own.startMs) / config.window.step_ms);
    const kept = reading.channels
      .map((_, k) => k)
      .filter((k) => own.hidden[row * channels + (reading.channels[k] as number)] !== 1);
    return kept.length === reading.channels.length
      ? reading
      : {
          ...reading,
          channels: kept.map((k) => reading.channels[k] as number),
          values: kept.map((k) => reading.values[k] as number),
        };
  };
  const out = createWriteStream(path.join(options.out, 'imputed.csv'));
  out.write('time,series,channel,p05,p50,p95,truth,hidden\n');
  const onOutcome: JudgeParts['onOutcome'] = async (verdict, own, endRow) => {
    const { imputed } = verdict.inference;
    if (imputed === null) return;
    examples.addImputed(verdict.inference, own, endRow);
    await write(out, imputedLines(imputed, own, endRow - verdict.inference.window.length + 1, config));
  };
  const sink = judgeSink({ config, model: model.model, truth, forecast: null, imputation, anomaly: null, onOutcome });
  await runPass(setting, { name: 'imputation', config, sink, alter });
  await end(out);
}

async function runPass(setting: Setting, pass: Pass): Promise<void> {
  const { registry, io, options, resolvePath } = setting;
  const telemetry = createTelemetry({
    pipeline: pass.config.name,
    level: 'warn',
    stream: io.stderr,
    pretty: io.isTerminal,
  });
  const config: PipelineConfig = {
    ...pass.config,
    sinks: [],
    dead_letter: { type: 'file', path: path.resolve(options.out, 'dead-letters.jsonl'), max_bytes: 16_777_216 },
  };
  const built = await buildPipeline({
    config,
    registry,
    modelDir: path.resolve(options.model),
    resolvePath,
    clock: io.clock,
    telemetry,
    observers: [pass.sink],
    ...(pass.alter === undefined ? {} : { alter: pass.alter }),
  });
  const bar = io.isTerminal
    ? new cliProgress.SingleBar(
        {
          format: `${pass.name} {bar} {percentage} % | {eta_formatted} left`,
          stream: io.stderr as NodeJS.WriteStream,
          clearOnComplete: true,
        },
        cliProgress.Presets.shades_classic,
      )
    : null;
  bar?.start(100, 0);
  const stopShowing = io.clock.every(250, () => bar?.update(Math.floor(100 * (built.progress() ?? 0))));
  const stop = () => void built.pipeline.stop().catch(() => undefined);
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    await built.pipeline.run();
  } finally {
    stopShowing();
    bar?.stop();
    io.signal.removeEventListener('abort', stop);
    await built.close();
  }
  if (io.signal.aborted) throw new DriftcastError('USAGE', 'backtest: stopped by a signal before its end');
}

function metricsOf(
  setting: Setting,
  truth: readonly SeriesTruth[],
  hidden: readonly SeriesTruth[],
  judges: { forecast: ForecastJudge; imputation: ImputationJudge; anomaly: AnomalyJudge },
): MetricsJson {
  const { config, model, options } = setting;
  const total = (pick: (own: SeriesTruth) => number, of: readonly SeriesTruth[]) =>
    of.reduce((n, own) => n + pick(own), 0);
  const hiddenCells = total((own) => own.hidden.reduce((a, b) => a + b, 0), hidden);
  const observedCells = total((own) => own.truth.reduce((n, v) => n + (Number.isNaN(v) ? 0 : 1), 0), truth);
  const metrics: MetricsJson = {
    schema_version: 1,
    pipeline: config.name,
    model_version: model.manifest.version,
    data: path.basename(options.data),
    rows: total((own) => own.rows, truth),
    series: truth.length,
    channels: config.channels.length,
    step_ms: config.window.step_ms,
    start: new Date(Math.min(...truth.map((own) => own.startMs))).toISOString(),
    end: new Date(Math.max(...truth.map((own) => own.startMs + (own.rows - 1) * config.window.step_ms))).toISOString(),
    quantile_levels: [...crpsLevels],
    imputation: judges.imputation.json(hiddenCells / Math.max(1, observedCells)),
    forecast: judges.forecast.origins === 0 ? null : judges.forecast.json(),
    anomaly: judges.anomaly.json(),
    online: judges.anomaly.online(),
  };
  const checked = metricsJson.safeParse(metrics);
  if (!checked.success) throw new DriftcastError('INTERNAL', `writing metrics.json: ${checked.error.message}`);
  return checked.data;
}

function headline({ imputation, forecast, anomaly }: MetricsJson): string {
  const figure = (value: number | null | undefined) => (value === null || value === undefined ? '-' : value.toFixed(3));
  const lines = [];
  if (imputation !== null) {
    const reference = imputation.baselines.linear_interpolation;
    lines.push(
      `imputation of ${imputation.model.count} hidden cells: MAE ${figure(imputation.model.mae)} (linear interpolation ${figure(reference?.mae)}), CRPS ${figure(imputation.model.crps)} (${figure(reference?.crps)}), 90 % interval covered ${figure(imputation.model.coverage90)}`,
    );
  }
  if (forecast !== null) {
    const { seasonal_naive: seasonal, ridge } = forecast.baselines;
    lines.push(
      `forecast ${forecast.horizon} steps: CRPS ${figure(forecast.model.crps)} (seasonal naive ${figure(seasonal?.crps)}, ridge ${figure(ridge?.crps)}), 90 % interval covered ${figure(forecast.model.coverage90)}`,
    );
  }
  if (anomaly !== null) {
    const { ridge_var: ridgeVar, z_score: zScore } = anomaly.baselines;
    lines.push(
      `anomalies: VUS-PR ${figure(anomaly.model.vus_pr)} (ridge VAR ${figure(ridgeVar?.vus_pr)}, z-score ${figure(zScore?.vus_pr)}), ${anomaly.model.events_found} of ${anomaly.model.events} events found, ${figure(anomaly.model.false_alarms_per_day)} false alarms a day`,
    );
  }
  return lines.join('\n');
}

type Out = ReturnType<typeof createWriteStream>;

const write = (out: Out, text: string): Promise<void> =>
  text === '' || out.write(text) ? Promise.resolve() : new Promise((resolve) => out.once('drain', resolve));

const end = (out: Out): Promise<void> => new Promise((resolve, reject) => out.once('error', reject).end(resolve));

async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  const out = createWriteStream(file);
  for (const line of lines) await write(out, line);
  await end(out);
}
