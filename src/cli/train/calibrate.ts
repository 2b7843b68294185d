import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Residual } from '../../core/inference.ts';
import { byReference } from '../../core/reference-names.ts';
import { createRng } from '../../core/rng.ts';
import type { ScoreGroup } from '../../core/score-group.ts';
import type { Window } from '../../core/window.ts';
import { relativeSquare } from '../../diffusion/calibration.ts';
import { logit } from '../../diffusion/logistic.ts';
import { gapMask } from '../../diffusion/masks.ts';
import type { Model, ModelCalibration, OrdinaryScores } from '../../diffusion/model.ts';
import { type Draw, makeBatch, nullDraw, type WindowPlace, windowAt } from '../../diffusion/training-set.ts';
import type { Engine } from '../../infer/engines/engine.ts';
import { inferWindows } from '../../infer/plan.ts';
import { rowsPerAlarm } from '../../score/alarm-rate.ts';
import { advanceMeans, keepOf } from '../../score/moving-means.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';
import { scoreGroupsOf } from '../../topology/score-groups.ts';
import { newestOfEach, type OrdinaryRows, ordinaryRows, type SeriesScore } from './ordinary-scores.ts';
import { inGroups, replayWindows, type Stretch } from './replay-windows.ts';

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
    references: null,
    rowsPerAlarm: null,
  };
  const rowsOf = (only: readonly ScoreGroup[]) => ordinaryRows(windows, relative, neutral, config, only);
  const whole = rowsOf([]);
  const groups = scoreGroupsOf(config).map((group) => ({ ...group, rows: rowsOf([group]) }));
  const { memory_scores: memory } = config.score;
  const rules = {
    // groups share the alarms, and what keeps them
    keepPValue: config.alert.keep_p_value / Math.max(1, groups.length),
    pendingSteps: config.alert.pending_steps,
    resolveSteps: config.alert.resolve_steps,
  };
  const alarmRows = ({ model: own }: OrdinaryRows) => rowsPerAlarm(bySeries(own), rules);
  const scoresOf = (name: keyof OrdinaryRows): OrdinaryScores => ({
    referenceScores: newestOfEach(whole[name], memory),
    groupScores: groups.map(({ rows, ...group }) => ({ ...group, referenceScores: newestOfEach(rows[name], memory) })),
  });
  return {
    ...neutral,
    ...scoresOf('model'),
    references: byReference(scoresOf),
    rowsPerAlarm:
      groups.length === 0
        ? alarmRows(whole)
        : // a group of which nothing is scored (channels that never varied) raises none
          fewest(groups.flatMap(({ rows }) => (rows.model.length === 0 ? [] : [alarmRows(rows)]))),
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

function bySeries(scores: readonly SeriesScore[]): Float64Array[] {
  const grouped = new Map<string, number[]>();
  for (const { series, score } of scores) {
    const own = grouped.get(series);
    if (own === undefined) grouped.set(series, [score]);
    else own.push(score);
  }
  return [...grouped.values()].map((own) => Float64Array.from(own));
}
