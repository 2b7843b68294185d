import path from 'node:path';
import type { Command } from 'commander';
import { loadPipeline } from '../config/load.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Reading } from '../core/reading.ts';
import type { Registry } from '../core/registry.ts';
import { createRng, seedOf } from '../core/rng.ts';
import { crpsLevels } from '../eval/crps.ts';
import { type MetricsJson, metricsJson } from '../eval/metrics-json.ts';
import { renderReport } from '../eval/report.ts';
import { loadModelPackage, type ModelPackage } from '../infer/model-package.ts';
import { openingPValue } from '../topology/opening-p-value.ts';
import type { SeriesHistory } from '../window/history.ts';
import { forecastLines, imputedLines, scoreLines } from './backtest/csv-lines.ts';
import { driftFound } from './backtest/drift-found.ts';
import { Examples } from './backtest/examples.ts';
import { headline } from './backtest/headline.ts';
import { hideReading } from './backtest/hide-reading.ts';
import { inTimeOrder } from './backtest/in-time-order.ts';
import { readLabels } from './backtest/read-labels.ts';
import { reportData } from './backtest/report-data.ts';
import { type PassSurroundings, runPass } from './backtest/run-pass.ts';
import { checkUsable, describeHistory } from './check-history.ts';
import { AnomalyJudge } from './evaluate/anomaly-judge.ts';
import { ForecastJudge } from './evaluate/forecast-judge.ts';
import { hideCells } from './evaluate/hide-cells.ts';
import { ImputationJudge } from './evaluate/imputation-judge.ts';
import { type JudgeParts, judgeSink } from './evaluate/judge-sink.ts';
import { planAhead } from './evaluate/plan-ahead.ts';
import { channelScales, seasonSteps } from './evaluate/scales.ts';
import type { SeriesTruth } from './evaluate/truth.ts';
import type { History } from './history/collect-history.ts';
import type { CliIo } from './io.ts';
import { readHistory, replayOf, withoutFuture } from './read-history.ts';
import { makeFolder, openTextFile, writeText } from './write-files.ts';

interface BacktestOptions {
  readonly model: string;
  readonly data: string;
  readonly out: string;
  readonly label?: string;
  readonly set: readonly string[];
}

interface Setting extends PassSurroundings {
  readonly options: BacktestOptions;
  readonly config: PipelineConfig;
  readonly model: ModelPackage;
}

interface Judges {
  readonly forecast: ForecastJudge;
  readonly imputation: ImputationJudge;
  readonly anomaly: AnomalyJudge;
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
    .option(
      '--label <column>',
      'column that is 1 (or a word such as attack) where the data are anomalous; it is not shown to the model',
    )
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
  if (options.label !== undefined && asked.channels.some(({ name }) => name === options.label)) {
    throw new DriftcastError('USAGE', `backtesting on ${options.data}: --label ${options.label} is a channel`, {
      hint: 'The model has been shown it: take it out of the channels of the pipeline and train again.',
    });
  }
  const modelDir = path.resolve(options.model);
  const model = await loadModelPackage(modelDir);
  const parts = replayOf(asked, options.data, options.label);
  // a finer set of quantiles than is served: CRPS over the 19 levels that the literature uses
  const config: PipelineConfig = {
    ...withoutFuture(asked),
    ...parts,
    model: { ...asked.model, quantiles: [...crpsLevels] },
    score: { ...asked.score, references_series_max: asked.limits.series_max },
    state: { ...asked.state, path: '', topic_prefix: '' },
  };
  const history = await readHistory(config, registry, io, parts);
  io.stderr.write(`${describeHistory(history, config, options.data)}\n`);
  checkLength(history, config, options.data);
  const labels = options.label === undefined ? null : await readLabels(options.label, parts, config, history.series);
  warn(history, labels, options, io);
  await makeFolder(options.out);
  const ordered = history.late === 0 ? registry : inTimeOrder(registry);
  const setting: Setting = {
    options,
    config,
    registry: ordered,
    io,
    model,
    modelDir,
    resolvePath,
    outDir: options.out,
  };
  await judge(setting, history, labels);
}

async function judge(setting: Setting, history: History, labels: readonly Uint8Array[] | null): Promise<void> {
  const { options, config, io, model } = setting;
  const truth = history.series.map((one, index): SeriesTruth => truthOf(one, labels?.[index] ?? null));
  const hidden = truth.map((own): SeriesTruth => ({ ...own, hidden: hide(own, config) }));
  const judges = judgesOf(setting, truth);
  const examples = new Examples(config, truth, hidden);
  await judgeForecastAndScore(setting, truth, judges, examples);
  await judgeImputation(setting, hidden, judges, examples);
  const metrics = metricsOf(setting, truth, hidden, judges);
  const scores = await openTextFile(path.join(options.out, 'scores.csv'), '');
  for (const line of scoreLines(judges.anomaly.series, config)) await scores.write(line);
  await scores.close();
  await writeText(path.join(options.out, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  const report = renderReport(reportData(metrics, model.manifest, config, judges.anomaly, examples));
  await writeText(path.join(options.out, 'report.html'), report);
  io.stdout.write(
    `${headline(metrics)}\nwritten to ${options.out}: metrics.json, scores.csv, forecast.csv, imputed.csv, report.html\n`,
  );
}

function checkLength(history: History, config: PipelineConfig, file: string): void {
  checkUsable(history, config, `backtesting on ${file}`);
  const { length_steps: length } = config.window;
  if (history.series.some(({ rows }) => rows > length)) return;
  throw new DriftcastError(
    'DATA_INSUFFICIENT',
    `backtesting on ${file}: no series is longer than one window (${length} rows)`,
    { hint: 'Use a longer file.' },
  );
}

/** What the figures alone would not tell. */
function warn(
  history: History,
  labels: readonly Uint8Array[] | null,
  { data, label }: BacktestOptions,
  io: CliIo,
): void {
  if (history.late > 0) {
    io.stderr.write(
      `warning: ${data} is not in the order of time; it is replayed in that order. In its own, ${history.late} of ${history.readings} readings would come too late for window.lateness_ms\n`,
    );
  }
  if (labels?.every((own) => !own.includes(1))) {
    io.stderr.write(`warning: no row is labelled in column "${label}": every alarm counts as false\n`);
  }
}

function judgesOf({ config, model }: Setting, truth: readonly SeriesTruth[]): Judges {
  const scales = channelScales(config, model.model.basis.priors);
  const { step_ms: stepMs } = config.window;
  return {
    forecast: new ForecastJudge({
      levels: crpsLevels,
      scales,
      horizon: config.model.horizon_steps,
      planned: model.model.basis.ahead,
      seasonSteps: seasonSteps(stepMs),
    }),
    imputation: new ImputationJudge({ levels: crpsLevels, scales, seasonSteps: seasonSteps(stepMs) }),
    anomaly: new AnomalyJudge({
      truth,
      stepMs,
      askedPValue: openingPValue(config, model.model.calibration.rowsPerAlarm),
      graceSteps: Math.ceil(config.score.half_life_steps),
    }),
  };
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
function hide(one: SeriesTruth, config: PipelineConfig): Uint8Array {
  const { length_steps: length, stride_steps: stride } = config.window;
  const last = one.rows - config.model.impute_delay_steps - 2 * stride;
  return hideCells(
    one.truth,
    config.channels.length,
    Math.min(length, one.rows),
    last,
    createRng(seedOf('backtest', one.series)),
  );
}

async function judgeForecastAndScore(
  setting: Setting,
  truth: readonly SeriesTruth[],
  { forecast, anomaly }: Judges,
  examples: Examples,
): Promise<void> {
  const { config, model, options } = setting;
  const header = 'time,series,channel,horizon_steps,p05,p50,p95,observed\n';
  const out = await openTextFile(path.join(options.out, 'forecast.csv'), header);
  const onOutcome: JudgeParts['onOutcome'] = async (verdict, own, endRow) => {
    examples.addVerdict(verdict, own, endRow);
    const { forecast: made } = verdict.inference;
    if (made === null) return;
    examples.addForecast(verdict.inference, own, endRow);
    await out.write(forecastLines(made, own, endRow, config));
  };
  const sink = judgeSink({ config, model: model.model, truth, forecast, imputation: null, anomaly, onOutcome });
  const known = truth.map(({ truth: values, ...own }) => ({ ...own, values }));
  const alter = planAhead(known, config);
  await runPass({ name: 'forecast and score', config, sink, alter, again: false }, setting).finally(out.close);
}

async function judgeImputation(
  setting: Setting,
  truth: readonly SeriesTruth[],
  { imputation }: Judges,
  examples: Examples,
): Promise<void> {
  const { model, options } = setting;
  const config: PipelineConfig = { ...setting.config, model: { ...setting.config.model, forecast_every_steps: 0 } };
  const shown = hideReading(truth, config.channels.length, config.window.step_ms);
  const alter = (reading: Reading) => [shown(reading)];
  const header = 'time,series,channel,p05,p50,p95,truth,hidden\n';
  const out = await openTextFile(path.join(options.out, 'imputed.csv'), header);
  const onOutcome: JudgeParts['onOutcome'] = async (verdict, own, endRow) => {
    const { imputed } = verdict.inference;
    if (imputed === null) return;
    examples.addImputed(verdict.inference, own, endRow);
    await out.write(imputedLines(imputed, own, endRow - verdict.inference.window.length + 1, config));
  };
  const sink = judgeSink({ config, model: model.model, truth, forecast: null, imputation, anomaly: null, onOutcome });
  await runPass({ name: 'imputation', config, sink, alter, again: true }, setting).finally(out.close);
}

function metricsOf(
  setting: Setting,
  truth: readonly SeriesTruth[],
  hidden: readonly SeriesTruth[],
  judges: Judges,
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
    ...(config.drift.action === 'off' ? {} : { drift: driftFound(judges.anomaly.alerts) }),
  };
  const checked = metricsJson.safeParse(metrics);
  if (!checked.success) throw new DriftcastError('INTERNAL', `writing metrics.json: ${checked.error.message}`);
  return checked.data;
}
