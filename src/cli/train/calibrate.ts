import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Residual } from '../../core/inference.ts';
import { createRng } from '../../core/rng.ts';
import type { Window } from '../../core/window.ts';
import { meanRelativeSquare, relativeSquare, type ScorePart, scorePartsOf } from '../../diffusion/calibration.ts';
import { logit } from '../../diffusion/logistic.ts';
import { gapMask } from '../../diffusion/masks.ts';
import type { Model, ModelCalibration } from '../../diffusion/model.ts';
import { type Draw, makeBatch, nullDraw, type WindowPlace, windowAt } from '../../diffusion/training-set.ts';
import type { Engine } from '../../infer/engines/engine.ts';
import { inferWindows } from '../../infer/plan.ts';
import { Scorer } from '../../score/scorer.ts';
import { advanceBias, slowKeep } from '../../score/slow-bias.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';
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
  /** [part]: squares of the new rows. */
  readonly squared: readonly Float64Array[];
  /** Signed residuals of the last part. */
  readonly bias: Float64Array;
}

/**
 * Calibrates on rows the network was not trained on, through the rooms that will serve: spread factors that make 90 % intervals
 * cover 90 %, residual levels, and the scores that p-values are ranked among at the start, in the order of event time.
 * @param stretches rows to score, a series each
 */
export async function calibrate(
  engine: Engine,
  model: Model,
  config: PipelineConfig,
  stretches: readonly Stretch[],
  heldPlaces: readonly WindowPlace[],
): Promise<ModelCalibration> {
  const parts = scorePartsOf(model);
  const scored = await scoredWindows(engine, model, config, parts, stretches);
  const channels = model.basis.priors.length;
  const levelOf = (part: ScorePart) => {
    const index = parts.indexOf(part);
    return meanSquares(index < 0 ? [] : scored.map(({ squared }) => squared[index] as Float64Array), channels);
  };
  const residualLevel = { score: levelOf('score'), cross: levelOf('cross') };
  const last = parts.at(-1) as ScorePart;
  const windows = scored.map(({ window }) => window);
  const combined = scored.map(({ squared, bias }): Residual => {
    const own = parts.map((part, index) => ({ part, squared: squared[index] as Float64Array }));
    // relative to the ordinary level, with the sign kept: what the plan will do with these levels
    const relative = bias.map(
      (value, i) =>
        Math.sign(value) * Math.sqrt(relativeSquare(value * value, residualLevel[last][i % channels] as number)),
    );
    return { squared: combine(own, residualLevel, channels), bias: relative, expected: bias, halfWidth90: bias };
  });
  const slowLevel = slowLevels(windows, combined, channels, config.score.slow_half_life_steps);
  const neutral: ModelCalibration = {
    spread: {
      impute: await spreadOf(engine, model, heldPlaces, 'impute'),
      forecast: await spreadOf(engine, model, heldPlaces, 'forecast'),
    },
    residualLevel,
    slowLevel,
    referenceScores: new Float64Array(0),
  };
  const measured = {
    meanSquared: meanRelativeSquare(neutral, parts),
    slowMeanSquared: slowLevel,
    referenceScores: neutral.referenceScores,
  };
  return { ...neutral, referenceScores: scoresOf(windows, combined, measured, config) };
}

/** Raw residuals of all windows, oldest first over all series; all NaN where a window was not inferred. */
async function scoredWindows(
  engine: Engine,
  model: Model,
  config: PipelineConfig,
  parts: readonly ScorePart[],
  stretches: readonly Stretch[],
): Promise<Scored[]> {
  const options = { ...planOptionsOf(config), forecastEverySteps: 0, imputeDelaySteps: 0, samplerSteps: 1 };
  const scored: Scored[] = [];
  for (const stretch of stretches) {
    for (const group of inGroups(replayWindows(stretch, model, config), batchWindows)) {
      const byPart: (Residual | null)[][] = [];
      for (const part of parts) {
        const results = await inferWindows(engine, model, { ...options, scoreParts: [part] }, group);
        byPart.push(results.map(({ residual }) => residual));
      }
      group.forEach((window, i) => {
        const none = new Float64Array(window.newRows * window.channels).fill(Number.NaN);
        scored.push({
          window: { ...window, values: new Float64Array(0) },
          squared: byPart.map((residuals) => residuals[i]?.squared ?? none),
          bias: byPart.at(-1)?.[i]?.bias ?? none,
        });
      });
    }
  }
  return scored.sort((a, b) => a.window.endMs - b.window.endMs);
}

/** What the plan makes of the parts of one window, [newRow, channel]. */
function combine(
  parts: readonly { readonly part: ScorePart; readonly squared: Float64Array }[],
  residualLevel: ModelCalibration['residualLevel'],
  channels: number,
): Float64Array {
  const size = parts[0]?.squared.length ?? 0;
  return Float64Array.from({ length: size }, (_, i) => {
    const known = parts.flatMap(({ part, squared }) => {
      const value = squared[i] as number;
      return Number.isNaN(value) ? [] : [relativeSquare(value, residualLevel[part][i % channels] as number)];
    });
    return known.length === 0 ? Number.NaN : known.reduce((a, b) => a + b, 0) / known.length;
  });
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
  residuals: readonly Residual[],
  channels: number,
  halfLifeSteps: number,
): Float64Array {
  const keep = slowKeep(halfLifeSteps);
  const means = new Map<string, Float64Array>();
  const squares: Float64Array[] = [];
  const seen = new Uint8Array(channels);
  windows.forEach(({ series, newRows }, w) => {
    const own = means.get(series) ?? new Float64Array(channels);
    means.set(series, own);
    const bias = (residuals[w] as Residual).bias as Float64Array;
    for (let row = 0; row < newRows; row++) {
      advanceBias(own, bias, row, keep);
      squares.push(own.map((mean) => mean * mean));
    }
    bias.forEach((value, i) => {
      if (!Number.isNaN(value)) seen[i % channels] = 1;
    });
  });
  return meanSquares(squares, channels).map((level, c) => (seen[c] === 1 ? level : Number.NaN));
}

/**
 * The scores that the score room would have given, oldest first; where there are more than are remembered, the newest of every
 * series, evenly over the series.
 */
function scoresOf(
  windows: readonly Window[],
  residuals: readonly Residual[],
  measured: Parameters<typeof scoreOptionsOf>[1],
  config: PipelineConfig,
): Float64Array {
  const scorer = new Scorer(scoreOptionsOf(config, measured, 0));
  const scores: { readonly series: string; readonly score: number }[] = [];
  windows.forEach((window, w) => {
    const verdict = scorer.score({
      window,
      modelVersion: '',
      quantileLevels: [],
      imputed: null,
      forecast: null,
      residual: residuals[w] as Residual,
    });
    for (const { score } of verdict.rows) if (Number.isFinite(score)) scores.push({ series: window.series, score });
  });
  const counts = new Map<string, number>();
  for (const { series } of scores) counts.set(series, (counts.get(series) ?? 0) + 1);
  const places = shareOut([...counts.values()], config.score.memory_scores);
  const passedOver = new Map([...counts].map(([series, count], i) => [series, count - (places[i] as number)]));
  const kept = scores.filter(({ series }) => {
    const older = passedOver.get(series) as number;
    passedOver.set(series, older - 1);
    return older <= 0;
  });
  return Float64Array.from(kept, ({ score }) => score);
}
