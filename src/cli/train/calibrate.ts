import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Residual } from '../../core/inference.ts';
import { createRng } from '../../core/rng.ts';
import type { ScoreGroup } from '../../core/score-group.ts';
import type { Window } from '../../core/window.ts';
import { meanRelativeSquare, relativeSquare } from '../../diffusion/calibration.ts';
import { logit } from '../../diffusion/logistic.ts';
import { gapMask } from '../../diffusion/masks.ts';
import type { Model, ModelCalibration } from '../../diffusion/model.ts';
import { type Draw, makeBatch, nullDraw, type WindowPlace, windowAt } from '../../diffusion/training-set.ts';
import type { Engine } from '../../infer/engines/engine.ts';
import { inferWindows } from '../../infer/plan.ts';
import { rowsPerAlarm } from '../../score/alarm-rate.ts';
import { advanceMeans, keepOf } from '../../score/moving-means.ts';
import { Scorer } from '../../score/scorer.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';
import { scoreGroupsOf } from '../../topology/score-groups.ts';
import { scoreOptionsOf } from '../../topology/score-options.ts';
import { inGroups, replayWindows, type Stretch } from './replay-windows.ts';
import { shareOut } from './share-out.ts';

const spreadWindows = 240;
const spreadCellsMin = 400;
const batchWindows = 32;

/** What one window is scored from: new rows only, so that thousands of them fit into memory. */
interface Scored {
  /** Without its values. */
  readonly window: Window;
  /** null where a window was not inferred. */
  readonly residual: Residual | null;
}

/**
 * Calibrates through the rooms that will serve: spread factors that make 90 % intervals cover 90 % (on rows the network was not trained
 * on), residual levels, and the scores that p-values are ranked among at the start, in the order of event time.
 * @param stretches rows to score, a series each
 */
export async function calibrate(
  engine: Engine,
  model: Model,
  config: PipelineConfig,
  stretches: readonly Stretch[],
  heldPlaces: readonly WindowPlace[],
): Promise<ModelCalibration> {
  const scored = await scoredWindows(engine, model, config, stretches);
  const channels = model.basis.priors.length;
  const squaresOf = (pick: (residual: Residual) => Float64Array | undefined) =>
    meanSquares(
      scored.flatMap(({ residual }) => (residual === null ? [] : (pick(residual) ?? []))),
      channels,
    );
  const residualLevel = {
    score: squaresOf(({ squared }) => squared),
    cross: squaresOf(({ bias }) => bias?.map((value) => value * value)),
  };
  const windows = scored.map(({ window }) => window);
  const relative = scored.map(({ residual }) => residual && relativeTo(residual, residualLevel, channels));
  const slowLevel = slowLevels(windows, relative, channels, config.score.slow_half_life_steps);
  const neutral: ModelCalibration = {
    spread: {
      impute: await spreadOf(engine, model, heldPlaces, 'impute'),
      forecast: await spreadOf(engine, model, heldPlaces, 'forecast'),
    },
    residualLevel,
    slowLevel,
    referenceScores: new Float64Array(0),
    groupScores: [],
    rowsPerAlarm: null,
  };
  // one row an alarm: while scores are collected it does not matter when an alarm opens
  const measured = {
    meanSquared: meanRelativeSquare(neutral),
    slowMeanSquared: slowLevel,
    referenceScores: neutral.referenceScores,
    rowsPerAlarm: 1,
  };
  const scores = scoresOf(windows, relative, measured, config, []);
  const groups = scoreGroupsOf(config).map((group) => ({
    ...group,
    scores: scoresOf(windows, relative, measured, config, [group]),
  }));
  const { memory_scores: memory } = config.score;
  const rules = {
    // groups share the alarms, and what keeps them
    keepPValue: config.alert.keep_p_value / Math.max(1, groups.length),
    pendingSteps: config.alert.pending_steps,
    resolveSteps: config.alert.resolve_steps,
  };
  const rowsOf = (own: readonly SeriesScore[]) => rowsPerAlarm(bySeries(own), rules);
  return {
    ...neutral,
    referenceScores: newestOfEach(scores, memory),
    groupScores: groups.map(({ scores: own, ...group }) => ({ ...group, referenceScores: newestOfEach(own, memory) })),
    rowsPerAlarm:
      groups.length === 0
        ? rowsOf(scores)
        : // a group of which nothing is scored (channels that never varied) raises none
          fewest(groups.flatMap((group) => (group.scores.length === 0 ? [] : [rowsOf(group.scores)]))),
  };
}

/** Of groups that share the alarms the one whose rows cluster least sets the threshold; null where one cannot tell. */
const fewest = (rows: readonly (number | null)[]): number | null =>
  rows.length === 0 || rows.some((own) => own === null) ? null : Math.min(...rows.map((own) => own ?? 1));

/** Raw residuals of all windows, oldest first over all series. */
async function scoredWindows(
  engine: Engine,
  model: Model,
  config: PipelineConfig,
  stretches: readonly Stretch[],
): Promise<Scored[]> {
  const options = { ...planOptionsOf(config), forecastEverySteps: 0, imputeDelaySteps: 0, samplerSteps: 1 };
  const scored: Scored[] = [];
  for (const stretch of stretches) {
    for (const group of inGroups(replayWindows(stretch, model, config), batchWindows)) {
      const results = await inferWindows(engine, model, options, group);
      group.forEach((window, i) => {
        const values = new Float64Array(0);
        scored.push({ window: { ...window, values }, residual: results[i]?.residual ?? null });
      });
    }
  }
  return scored.sort((a, b) => a.window.endMs - b.window.endMs);
}

/** What the plan makes of a raw residual once it knows the ordinary levels. */
function relativeTo(
  { squared, bias, ...rest }: Residual,
  { score, cross }: ModelCalibration['residualLevel'],
  channels: number,
): Residual {
  const signed = (value: number, i: number) =>
    Math.sign(value) * Math.sqrt(relativeSquare(value * value, cross[i % channels] as number));
  return {
    ...rest,
    squared: squared.map((value, i) => relativeSquare(value, score[i % channels] as number)),
    ...(bias === undefined ? {} : { bias: bias.map(signed) }),
  };
}

/** Half width at 90 % that was needed over the one predicted, a channel; 1 where there are too few cells to tell. */
async function spreadOf(
  engine: Engine,
  model: Model,
  places: readonly WindowPlace[],
  task: 'impute' | 'forecast',
): Promise<Float32Array> {
  const { shape } = model;
  const rng = createRng(17);
  const ratios: number[][] = Array.from({ length: shape.channels }, () => []);
  const count = Math.min(spreadWindows, places.length);
  for (let from = 0; from < count; from += batchWindows) {
    const size = Math.min(batchWindows, count - from);
    const batch = makeBatch(model.basis, shape, size, rng, (index): Draw => {
      const place = places[Math.floor(((from + index) * places.length) / count)] as WindowPlace;
      const donor = () => windowAt(places[rng.integer(places.length)] as WindowPlace, shape.length, shape.channels);
      return nullDraw(model.basis, shape, place, task, () => gapMask(rng, shape.length, shape.channels, donor()));
    });
    const law = await engine.marginals(batch);
    for (let i = 0; i < batch.weight.length; i++) {
      if (batch.weight[i] === 0) continue;
      const channel = Math.floor(i / shape.patch) % shape.channels;
      (ratios[channel] as number[]).push(
        Math.abs(((batch.target[i] as number) - (law.location[i] as number)) / (law.scale[i] as number)),
      );
    }
  }
  return Float32Array.from(ratios, (own) => {
    if (own.length < spreadCellsMin) return 1;
    own.sort((a, b) => a - b);
    return Math.min(3, Math.max(0.4, (own[Math.floor(0.9 * own.length)] as number) / logit(0.95)));
  });
}

function meanSquares(residuals: readonly Float64Array[], channels: number): Float64Array {
  const sums = new Float64Array(channels);
  const counts = new Float64Array(channels);
  for (const squared of residuals) {
    for (let i = 0; i < squared.length; i++) {
      const value = squared[i] as number;
      if (Number.isNaN(value)) continue;
      sums[i % channels] = (sums[i % channels] as number) + value;
      counts[i % channels] = (counts[i % channels] as number) + 1;
    }
  }
  return sums.map((sum, c) => (counts[c] === 0 ? 1 : sum / (counts[c] as number)));
}

/** Mean square of the moving means of the signed residuals, [channel]; NaN where there are none. */
function slowLevels(
  windows: readonly Window[],
  residuals: readonly (Residual | null)[],
  channels: number,
  halfLifeSteps: number,
): Float64Array {
  const keep = keepOf(halfLifeSteps);
  const means = new Map<string, Float64Array>();
  const squares: Float64Array[] = [];
  const seen = new Uint8Array(channels);
  windows.forEach(({ series, newRows }, w) => {
    const own = means.get(series) ?? new Float64Array(channels);
    means.set(series, own);
    const bias = residuals[w]?.bias;
    if (bias === undefined) return;
    for (let row = 0; row < newRows; row++) {
      advanceMeans(own, bias, row, keep);
      squares.push(own.map((mean) => mean * mean));
    }
    bias.forEach((value, i) => {
      if (!Number.isNaN(value)) seen[i % channels] = 1;
    });
  });
  return meanSquares(squares, channels).map((level, c) => (seen[c] === 1 ? level : Number.NaN));
}

interface SeriesScore {
  readonly series: string;
  readonly score: number;
}

/** The scores that the score room would have given, of all channels or those of one group, oldest first. */
function scoresOf(
  windows: readonly Window[],
  residuals: readonly (Residual | null)[],
  measured: Parameters<typeof scoreOptionsOf>[1],
  config: PipelineConfig,
  groups: readonly ScoreGroup[],
): SeriesScore[] {
  const unknown = { referenceScores: new Float64Array(0) };
  const scorer = new Scorer({
    ...scoreOptionsOf(config, measured, 0),
    groups: groups.map((group) => ({ ...group, ...unknown })),
  });
  return windows.flatMap((window, w) => {
    const verdict = scorer.score({
      window,
      modelVersion: '',
      quantileLevels: [],
      imputed: null,
      forecast: null,
      residual: residuals[w] ?? null,
    });
    const known = verdict.rows.filter(({ score }) => Number.isFinite(score));
    return known.map(({ score }) => ({ series: window.series, score }));
  });
}

function bySeries(scores: readonly SeriesScore[]): Float64Array[] {
  const grouped = new Map<string, number[]>();
  for (const { series, score } of scores) {
    const own = grouped.get(series);
    if (own === undefined) grouped.set(series, [score]);
    else own.push(score);
  }
  return [...grouped.values()].map((own) => Float64Array.from(own));
}

/** Where there are more than are remembered, the newest of every series, evenly over the series; oldest first. */
function newestOfEach(scores: readonly SeriesScore[], count: number): Float64Array {
  const counts = new Map<string, number>();
  for (const { series } of scores) counts.set(series, (counts.get(series) ?? 0) + 1);
  const places = shareOut([...counts.values()], count);
  const passedOver = new Map([...counts].map(([series, own], i) => [series, own - (places[i] as number)]));
  const kept = scores.filter(({ series }) => {
    const older = passedOver.get(series) as number;
    passedOver.set(series, older - 1);
    return older <= 0;
  });
  return Float64Array.from(kept, ({ score }) => score);
}
