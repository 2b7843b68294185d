import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { createRng, seedOf } from '../../core/rng.ts';
import type { Window } from '../../core/window.ts';
import type { Model } from '../../diffusion/model.ts';
import { crpsLevels } from '../../eval/crps.ts';
import type { MetricsJson } from '../../eval/metrics-json.ts';
import type { Engine } from '../../infer/engines/engine.ts';
import type { TestMetrics } from '../../infer/manifest.ts';
import { inferWindows } from '../../infer/plan.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';
import { ForecastJudge } from '../evaluate/forecast-judge.ts';
import { hideCells } from '../evaluate/hide-cells.ts';
import { ImputationJudge } from '../evaluate/imputation-judge.ts';
import { inferBases } from '../evaluate/infer-bases.ts';
import { iterateRidgeVar } from '../evaluate/iterate-ridge-var.ts';
import { channelScales, seasonSteps } from '../evaluate/scales.ts';
import { type SeriesTruth, shownValues } from '../evaluate/truth.ts';
import { inGroups, replayWindows } from './replay-windows.ts';
import { shareOut } from './share-out.ts';
import type { SplitSeries } from './split.ts';

const windowsMax = 1500;
/** Windows before the test on which the references learn how wrong they are. */
const warmUpWindowsMax = 750;
const batchWindows = 32;

/** Of one series: [warmFrom, from) to learn the errors of the references on, [from, rows) to judge. */
interface TestRows {
  readonly own: SplitSeries;
  readonly truth: SeriesTruth;
  readonly warmFrom: number;
  readonly from: number;
}

/**
 * How good the finished model is on rows that nothing was fitted to, replayed through the rooms that will serve, beside
 * references that see the same. null: there are too few of these rows, or none were asked for.
 */
export async function testModel(
  engine: Engine,
  model: Model,
  asked: PipelineConfig,
  split: readonly SplitSeries[],
): Promise<TestMetrics | null> {
  const config = testConfig(asked);
  const series = testRows(split, config);
  const setting = {
    levels: crpsLevels,
    scales: channelScales(config, model.basis.priors),
    horizon: config.model.horizon_steps,
    planned: model.basis.ahead,
    seasonSteps: seasonSteps(config.window.step_ms),
  };
  const forecasts = new ForecastJudge(setting);
  const imputations = new ImputationJudge(setting);
  for (const one of series) {
    await judgeForecasts(engine, model, config, one, forecasts);
    await judgeImputation(engine, model, config, one, imputations);
  }
  const imputation = testedOf(imputations.json(0));
  const forecast = forecasts.origins === 0 ? null : testedOf(forecasts.json());
  if (imputation === null && forecast === null) return null;
  const { step_ms: stepMs } = config.window;
  const timesMs = series.map(({ own, from }) => own.whole.startMs + from * stepMs);
  const endsMs = series.map(({ own }) => own.whole.startMs + (own.whole.rows - 1) * stepMs);
  return {
    rows: series.reduce((sum, { own, from }) => sum + own.whole.rows - from, 0),
    from: new Date(Math.min(...timesMs)).toISOString(),
    to: new Date(Math.max(...endsMs)).toISOString(),
    imputation,
    forecast,
  };
}

/** The levels that the literature uses, and forecasts even where the pipeline makes none. */
function testConfig(config: PipelineConfig): PipelineConfig {
  const { stride_steps: stride } = config.window;
  const { horizon_steps: horizon, forecast_every_steps: every } = config.model;
  return {
    ...config,
    model: {
      ...config.model,
      quantiles: [...crpsLevels],
      forecast_every_steps: every > 0 ? every : stride * Math.ceil(horizon / stride),
    },
  };
}

function testRows(split: readonly SplitSeries[], config: PipelineConfig): TestRows[] {
  const { stride_steps: stride } = config.window;
  const tested = split.filter(({ whole, testRow }) => testRow < whole.rows);
  const rows = shareOut(
    tested.map(({ whole, testRow }) => whole.rows - testRow),
    windowsMax * stride,
  );
  const from = tested.map(({ whole }, i) => whole.rows - (rows[i] as number));
  const warm = shareOut(from, warmUpWindowsMax * stride);
  const { channels } = config;
  return tested.map((own, i) => ({
    own,
    from: from[i] as number,
    warmFrom: (from[i] as number) - (warm[i] as number),
    truth: truthOf(own, (from[i] as number) - (warm[i] as number), from[i] as number, channels.length, config),
  }));
}

/** Hides what imputation is judged by, and before that what the references learn from; rows that are never final stay whole. */
function truthOf(
  { whole }: SplitSeries,
  warmFrom: number,
  from: number,
  channels: number,
  config: PipelineConfig,
): SeriesTruth {
  const last = whole.rows - config.model.impute_delay_steps - 2 * config.window.stride_steps;
  const hide = (purpose: string, first: number, end: number) =>
    hideCells(whole.values, channels, first, end, createRng(seedOf(purpose, whole.series)));
  const before = hide('before the test', warmFrom, from);
  return {
    series: whole.series,
    startMs: whole.startMs,
    rows: whole.rows,
    truth: whole.values,
    hidden: hide('test', from, last).map((own, i) => (own === 1 ? 1 : (before[i] as number))),
    labels: null,
  };
}

async function judgeForecasts(
  engine: Engine,
  model: Model,
  config: PipelineConfig,
  { own, truth, warmFrom, from }: TestRows,
  judge: ForecastJudge,
): Promise<void> {
  const { step_ms: stepMs } = config.window;
  const { forecast_every_steps: every } = config.model;
  const whole: SeriesTruth = { ...truth, hidden: new Uint8Array(truth.hidden.length) };
  const options = { ...planOptionsOf(config), scoreParts: [] };
  const rowOf = ({ endMs }: Window) => Math.round((endMs - truth.startMs) / stepMs);
  const isOrigin = ({ endMs }: Window) => (Math.round(endMs / stepMs) + 1) % every === 0;
  const stretch = { series: own.whole, from: warmFrom, to: own.whole.rows };
  for (const group of inGroups(only(replayWindows(stretch, model, config), isOrigin), batchWindows)) {
    const bases = await inferBases(model, config, group);
    const counted = group.filter((window) => rowOf(window) >= from);
    const results = await inferWindows(engine, model, options, counted);
    group.forEach((window, i) => {
      const base = bases[i]?.forecast ?? null;
      const result = results[counted.indexOf(window)];
      const said = result?.forecast ?? base;
      if (said === null) return;
      const iterated = iterateRidgeVar(model, options.bounds, window);
      judge.add(whole, rowOf(window), said, base, iterated, result !== undefined);
    });
  }
}

async function judgeImputation(
  engine: Engine,
  model: Model,
  config: PipelineConfig,
  { own, truth, warmFrom, from }: TestRows,
  judge: ImputationJudge,
): Promise<void> {
  const { step_ms: stepMs, length_steps: length } = config.window;
  const filling: PipelineConfig = { ...config, model: { ...config.model, forecast_every_steps: 0 } };
  const options = { ...planOptionsOf(filling), scoreParts: [] };
  const rowOf = ({ endMs }: Window) => Math.round((endMs - truth.startMs) / stepMs);
  const stretch = { series: { ...own.whole, values: shownValues(truth) }, from: warmFrom, to: own.whole.rows };
  for (const group of inGroups(replayWindows(stretch, model, config), batchWindows)) {
    const bases = await inferBases(model, filling, group);
    const counted = group.filter((window) => rowOf(window) >= from);
    const results = await inferWindows(engine, model, options, counted);
    group.forEach((window, i) => {
      const base = bases[i]?.imputed ?? null;
      const imputed = results[counted.indexOf(window)]?.imputed ?? base;
      if (imputed !== null) judge.add(truth, rowOf(window) - length + 1, imputed, window.channels, base, from);
    });
  }
}

function* only<T>(items: Iterable<T>, keep: (item: T) => boolean): Generator<T> {
  for (const item of items) if (keep(item)) yield item;
}

/** null where nothing could be judged. */
function testedOf({
  model,
  baselines,
}: Pick<NonNullable<MetricsJson['forecast']>, 'model' | 'baselines'>): TestMetrics['forecast'] {
  if (model.count === 0) return null;
  const law = ({ crps, mae, coverage90 }: typeof model) => ({ crps, mae, coverage90 });
  return {
    cells: model.count,
    model: law(model),
    baselines: Object.fromEntries(Object.entries(baselines).map(([name, own]) => [name, law(own)])),
  };
}
