import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Window } from '../../core/window.ts';
import type { Draw } from '../../diffusion/training-set.ts';
import { makeBatch, type WindowPlace } from '../../diffusion/training-set.ts';
import { createRng } from '../../core/rng.ts';
import { initialHeadScale, logisticMeanAbsolute, logit } from '../../diffusion/logistic.ts';
import type { Model, ModelCalibration } from '../../diffusion/model.ts';
import type { GridSeries } from '../../diffusion/normal.ts';
import type { Engine } from '../../infer/engines/engine.ts';
import { inferWindows } from '../../infer/plan.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';
import { Scorer } from '../../score/scorer.ts';
import { WindowAssembler } from '../../window/assembler.ts';
import { windowOptionsOf } from '../../topology/window-options.ts';

const spreadWindows = 240;
const spreadCellsMin = 400;
const calibrationWindowsMax = 3000;
const batchWindows = 32;

/**
 * Calibrates on rows the network was not trained on, through the rooms that will serve: spread factors that make 90 % intervals
 * cover 90 %, residual levels, and the scores that p-values are ranked among at the start.
 */
export async function calibrate(engine: Engine, model: Model, config: PipelineConfig, history: readonly GridSeries[], heldPlaces: readonly WindowPlace[]): Promise<ModelCalibration> {
  const residuals = await replayResiduals(engine, model, config, history);
  const residualLevel = meanSquares(residuals, model.basis.priors.length);
  return {
    spread: { impute: await spreadOf(engine, model, heldPlaces, 'impute'), forecast: await spreadOf(engine, model, heldPlaces, 'forecast') },
    residualLevel,
    referenceScores: scoresOf(residuals, residualLevel, config),
  };
}

/** Half width at 90 % that was needed over the one predicted, a channel; 1 where there are too few cells to tell. */
async function spreadOf(engine: Engine, model: Model, places: readonly WindowPlace[], task: 'impute' | 'forecast'): Promise<Float32Array> {
  const { shape } = model;
  const rng = createRng(17);
  const ratios: number[][] = Array.from({ length: shape.channels }, () => []);
  const count = Math.min(spreadWindows, places.length);
  for (let from = 0; from < count; from += batchWindows) {
    const size = Math.min(batchWindows, count - from);
    const batch = makeBatch(model.basis, shape, size, rng, (index): Draw => {
      const place = places[Math.floor(((from + index) * places.length) / count)] as WindowPlace;
      return { place, task, donor: task === 'impute' ? (places[rng.integer(places.length)] as WindowPlace) : null, sigma: null };
    });
    const law = await engine.marginals(batch);
    for (let i = 0; i < batch.weight.length; i++) {
      if (batch.weight[i] === 0) continue;
      const channel = Math.floor(i / shape.patch) % shape.channels;
      (ratios[channel] as number[]).push(Math.abs(((batch.target[i] as number) - (law.location[i] as number)) / (law.scale[i] as number)));
    }
  }
  return Float32Array.from(ratios, (own) => {
    if (own.length < spreadCellsMin) return 1;
    own.sort((a, b) => a - b);
    return Math.min(3, Math.max(0.4, (own[Math.floor(0.9 * own.length)] as number) / logit(0.95)));
  });
}

interface ReplayedWindow {
  readonly window: Window;
  readonly squared: Float64Array;
  readonly expected: Float64Array;
  readonly halfWidth90: Float64Array;
}

/** The residuals of the newest rows of every series, through window room and plan. */
async function replayResiduals(engine: Engine, model: Model, config: PipelineConfig, history: readonly GridSeries[]): Promise<ReplayedWindow[]> {
  const windows: Window[] = [];
  const rowsEach = model.shape.length + Math.ceil(calibrationWindowsMax / history.length) * config.window.stride_steps;
  history.forEach((series, partition) => {
    const assembler = new WindowAssembler({ ...windowOptionsOf(config, model.basis), pendingStatesMax: 0 });
    const at = { topic: 'calibration', partition, generation: 1 };
    assembler.reset({ kind: 'reset', ...at });
    const channels = config.channels.length;
    const firstRow = Math.max(0, series.rows - rowsEach);
    const keep = (events: ReturnType<WindowAssembler['push']>) => {
      for (const event of events) if (event.kind === 'window') windows.push(event.window);
    };
    for (let row = firstRow; row < series.rows; row++) {
      const cells = series.values.subarray(row * channels, (row + 1) * channels);
      const seen = [...cells.keys()].filter((c) => !Number.isNaN(cells[c] as number));
      keep(
        assembler.push({
          series: series.series,
          timeMs: series.startMs + row * config.window.step_ms,
          channels: seen,
          values: seen.map((c) => cells[c] as number),
          position: { ...at, offset: row },
        }),
      );
    }
    keep(assembler.close({ kind: 'closed', ...at, ended: true }));
  });
  const options = { ...planOptionsOf(config), forecastEverySteps: 0, samplerSteps: 1 };
  const out: ReplayedWindow[] = [];
  for (let from = 0; from < windows.length; from += batchWindows) {
    const batch = windows.slice(from, from + batchWindows);
    const results = await inferWindows(engine, model, options, batch);
    results.forEach(({ residual }, i) => {
      if (residual !== null) out.push({ window: batch[i] as Window, ...residual });
    });
  }
  return out;
}

function meanSquares(residuals: readonly ReplayedWindow[], channels: number): Float64Array {
  const sums = new Float64Array(channels);
  const counts = new Float64Array(channels);
  for (const { squared } of residuals) {
    for (let i = 0; i < squared.length; i++) {
      const value = squared[i] as number;
      if (Number.isNaN(value)) continue;
      sums[i % channels] = (sums[i % channels] as number) + value;
      counts[i % channels] = (counts[i % channels] as number) + 1;
    }
  }
  // a channel that is never scored keeps the level of a perfectly predicted one
  return sums.map((sum, c) => (counts[c] === 0 ? logisticMeanAbsolute * initialHeadScale : sum / (counts[c] as number)));
}

/** The smoothed scores that the score room would have given, the last ones of all series. */
function scoresOf(residuals: readonly ReplayedWindow[], meanSquared: Float64Array, config: PipelineConfig): Float64Array {
  const scorer = new Scorer({
    meanSquared,
    referenceScores: new Float64Array(0),
    halfLifeSteps: config.score.half_life_steps,
    memoryScores: config.score.memory_scores,
    pValue: config.alert.p_value,
    keepPValue: config.alert.keep_p_value,
    topChannels: 1,
    seriesMax: config.limits.series_max,
    pendingStatesMax: 0,
  });
  const scores: number[] = [];
  for (const { window, squared, expected, halfWidth90 } of residuals) {
    const verdict = scorer.score({
      window,
      modelVersion: '',
      quantileLevels: [],
      imputed: null,
      forecast: null,
      residual: { squared, expected, halfWidth90 },
    });
    for (const row of verdict.rows) if (Number.isFinite(row.score)) scores.push(row.score);
  }
  return Float64Array.from(scores.slice(-config.score.memory_scores));
}
