import type { Forecast, Imputed, Residual } from '../core/inference.ts';
import { createRng, seedOf } from '../core/rng.ts';
import { relativeSquare, type ScorePart } from '../diffusion/calibration.ts';
import { CallBatch, tokenIndex, writeCall } from '../diffusion/call.ts';
import { logit } from '../diffusion/logistic.ts';
import { channelMask, scoreHorizons, scoreRows, suffixMask } from '../diffusion/masks.ts';
import type { Model } from '../diffusion/model.ts';
import type { Task } from '../diffusion/task.ts';
import type { Engine } from './engines/engine.ts';
import { imputeRows } from './impute-rows.ts';

/** What a window is asked for; from the config. */
export interface PlanOptions {
  readonly quantiles: readonly number[];
  readonly forecastEverySteps: number;
  readonly imputeDelaySteps: number;
  readonly samplerSteps: number;
  readonly samplerSamples: number;
  readonly minObservedFraction: number;
  /** Masks that the score looks through; `cross` only where the model has groups. */
  readonly scoreParts: readonly ScorePart[];
  /** [pipeline channel]: values outside cannot be; quantiles are clipped. */
  readonly bounds: readonly { readonly min: number; readonly max: number }[];
  /** Calls of one engine run. */
  readonly batchCallsMax: number;
}

/** What of a window crosses into the worker. */
export interface PlanWindow {
  readonly series: string;
  readonly endMs: number;
  readonly newRows: number;
  readonly observedFraction: number;
  /** [time, pipeline channel] */
  readonly values: Float64Array;
  readonly location: Float64Array;
  readonly scale: Float64Array;
}

export interface PlanResult {
  readonly imputed: Imputed | null;
  readonly forecast: Forecast | null;
  readonly residual: Residual | null;
}

/** One call of the denoiser and the law it gave, in z units, [time, active channel]. */
interface Call {
  readonly window: number;
  readonly task: Task;
  readonly z: Float32Array;
  readonly generated: Uint8Array;
  readonly startMs: number;
  readonly suffixRows: number;
  /** Channels masked over the whole window. */
  readonly group: readonly number[];
  readonly location: Float32Array;
  readonly scale: Float32Array;
  /** [sample][time, active channel], where the reverse process took more than one step. */
  samples: Float32Array[];
}

const zMax = 25;

/** Imputation, forecast and score of some windows: calls are gathered over windows and tasks, then read back. */
export async function inferWindows(
  engine: Engine,
  model: Model,
  options: PlanOptions,
  windows: readonly PlanWindow[],
): Promise<PlanResult[]> {
  const calls = windows.flatMap((window, index) => planCalls(model, options, window, index));
  for (let from = 0; from < calls.length; from += options.batchCallsMax) {
    await runMarginals(engine, model, calls.slice(from, from + options.batchCallsMax));
  }
  if (options.samplerSteps > 1) {
    const perRun = Math.max(1, Math.floor(options.batchCallsMax / options.samplerSamples));
    const joint = calls.filter(({ task }) => task === 'impute' || task === 'forecast');
    for (let from = 0; from < joint.length; from += perRun)
      await runPaths(engine, model, options, joint.slice(from, from + perRun), windows);
  }
  return windows.map((window, index) => {
    const own = calls.filter((call) => call.window === index);
    const of = (task: Task) => own.filter((call) => call.task === task);
    return {
      imputed: readImputed(model, options, window, of('impute')[0]),
      forecast: readForecast(model, options, window, of('forecast')[0]),
      residual: readResidual(model, window, { score: of('score'), cross: of('cross') }),
    };
  });
}

function normalise(model: Model, window: PlanWindow): Float32Array {
  const { active } = model.basis;
  const { length } = model.shape;
  const channels = window.location.length;
  const z = new Float32Array(length * active.length);
  active.forEach((c, d) => {
    const location = window.location[c] as number;
    const scale = window.scale[c] as number;
    for (let t = 0; t < length; t++) {
      const value = ((window.values[t * channels + c] as number) - location) / scale;
      z[t * active.length + d] = Math.min(zMax, Math.max(-zMax, value));
    }
  });
  return z;
}

function planCalls(model: Model, options: PlanOptions, window: PlanWindow, index: number): Call[] {
  const { length, channels } = model.shape;
  const { stepMs, horizon, measured } = model.basis;
  if (window.observedFraction < options.minObservedFraction || channels === 0) return [];
  const z = normalise(model, window);
  const startMs = window.endMs - (length - 1) * stepMs;
  const make = (
    task: Task,
    input: Float32Array,
    generated: Uint8Array,
    start: number,
    suffixRows: number,
    group: readonly number[] = [],
  ): Call => ({
    window: index,
    task,
    z: input,
    generated,
    startMs: start,
    suffixRows,
    group,
    location: new Float32Array(length * channels),
    scale: new Float32Array(length * channels),
    samples: [],
  });
  const calls: Call[] = [];
  const { rows } = imputeRows(length, window.newRows, options.imputeDelaySteps);
  if (rows.some((t) => z.subarray(t * channels, (t + 1) * channels).some(Number.isNaN))) {
    calls.push(
      make(
        'impute',
        z,
        Uint8Array.from(z, (v) => (Number.isNaN(v) ? 1 : 0)),
        startMs,
        0,
      ),
    );
  }
  const endRow = Math.round(window.endMs / stepMs);
  if (options.forecastEverySteps > 0 && (endRow + 1) % options.forecastEverySteps === 0) {
    const ahead = new Float32Array(z.length).fill(Number.NaN);
    ahead.set(z.subarray(horizon * channels));
    calls.push(make('forecast', ahead, suffixMask(length, channels, horizon), startMs + horizon * stepMs, horizon));
  }
  for (const rowsMasked of scoreHorizons) {
    // a row that is scored is masked, however short the window: what the model saw it does not reconstruct
    const suffix = Math.max(scoreRows(rowsMasked, length), window.newRows);
    if (options.scoreParts.includes('score'))
      calls.push(make('score', z, suffixMask(length, channels, suffix, measured), startMs, suffix));
  }
  for (const group of options.scoreParts.includes('cross') ? model.basis.cross.groups : []) {
    calls.push(make('cross', z, channelMask(length, channels, group), startMs, 0, group));
  }
  return calls;
}

function batchOf(model: Model, calls: readonly Call[], repeats: number): CallBatch {
  const batch = new CallBatch(model.shape, calls.length * repeats);
  calls.forEach((call, i) => {
    for (let k = 0; k < repeats; k++)
      writeCall(batch, i * repeats + k, model.basis, call, { suffixRows: call.suffixRows, group: call.group });
  });
  return batch;
}

async function runMarginals(engine: Engine, model: Model, calls: readonly Call[]): Promise<void> {
  const { length, channels } = model.shape;
  const cells = length * channels;
  const batch = batchOf(model, calls, 1);
  const law = await engine.marginals(batch);
  calls.forEach((call, i) => {
    const r = model.basis.residualScale[call.task];
    for (let t = 0; t < length; t++) {
      for (let d = 0; d < channels; d++) {
        const at = i * cells + tokenIndex(model.shape, t, d);
        const cell = t * channels + d;
        call.location[cell] =
          (batch.base[i * cells + cell] as number) + (r[d] as number) * (law.location[at] as number);
        call.scale[cell] = (r[d] as number) * (law.scale[at] as number);
      }
    }
  });
}

async function runPaths(
  engine: Engine,
  model: Model,
  options: PlanOptions,
  calls: readonly Call[],
  windows: readonly PlanWindow[],
): Promise<void> {
  const { length, channels } = model.shape;
  const cells = length * channels;
  const { samplerSteps: steps, samplerSamples: samples } = options;
  const batch = batchOf(model, calls, samples);
  const logistic = new Float32Array(batch.size * steps * cells);
  const normal = new Float32Array(batch.size * (steps - 1) * cells);
  calls.forEach((call, i) => {
    const window = windows[call.window] as PlanWindow;
    // the draws are a function of what is sampled, not of the batch it came in: a replay gives the same result
    const rng = createRng(seedOf(model.version, window.series, window.endMs, call.task));
    const own = (array: Float32Array, perSample: number, draw: () => number) => {
      for (let k = i * samples * perSample; k < (i + 1) * samples * perSample; k++) array[k] = draw();
    };
    own(logistic, steps * cells, () => logit(rng.uniform()));
    own(normal, (steps - 1) * cells, () => rng.normal());
  });
  const paths = await engine.paths(batch, steps, logistic, normal);
  calls.forEach((call, i) => {
    const r = model.basis.residualScale[call.task];
    call.samples = Array.from({ length: samples }, (_, k) => {
      const row = (i * samples + k) * cells;
      const path = new Float32Array(cells);
      for (let t = 0; t < length; t++) {
        for (let d = 0; d < channels; d++) {
          const cell = t * channels + d;
          path[cell] =
            (batch.base[row + cell] as number) +
            (r[d] as number) * (paths[row + tokenIndex(model.shape, t, d)] as number);
        }
      }
      return path;
    });
  });
}

/** Quantile by the type-6 rule (Hyndman & Fan 1996): S samples cover what their number promises. */
function sampleQuantile(sorted: Float64Array, p: number): number {
  const at = Math.min(sorted.length - 1, Math.max(0, p * (sorted.length + 1) - 1));
  const below = Math.floor(at);
  const low = sorted[below] as number;
  return low + (at - below) * ((sorted[Math.min(below + 1, sorted.length - 1)] as number) - low);
}

/** Writes the quantiles of one cell in the channel's unit. */
function writeQuantiles(
  model: Model,
  options: PlanOptions,
  window: PlanWindow,
  call: Call,
  t: number,
  d: number,
  spread: number,
  out: Float64Array,
  offset: number,
): void {
  const c = model.basis.active[d] as number;
  const bounds = options.bounds[c] as { min: number; max: number };
  const cell = t * model.shape.channels + d;
  const sorted =
    call.samples.length === 0 ? null : Float64Array.from(call.samples, (path) => path[cell] as number).sort();
  const centre = sorted === null ? (call.location[cell] as number) : sampleQuantile(sorted, 0.5);
  options.quantiles.forEach((p, q) => {
    const deviation = sorted === null ? (call.scale[cell] as number) * logit(p) : sampleQuantile(sorted, p) - centre;
    const value = (window.location[c] as number) + (window.scale[c] as number) * (centre + spread * deviation);
    out[offset + q] = Math.min(bounds.max, Math.max(bounds.min, value));
  });
}

/** Channels that never varied have nothing to learn from: they hold their last value. */
function lastValue(window: PlanWindow, c: number): number {
  const channels = window.location.length;
  for (let i = window.values.length - channels + c; i >= 0; i -= channels) {
    const value = window.values[i] as number;
    if (!Number.isNaN(value)) return value;
  }
  return window.location[c] as number;
}

function readImputed(model: Model, options: PlanOptions, window: PlanWindow, call: Call | undefined): Imputed | null {
  const { length } = model.shape;
  const channels = window.location.length;
  const levels = options.quantiles.length;
  if (window.observedFraction < options.minObservedFraction) return null;
  const { rows, final } = imputeRows(length, window.newRows, options.imputeDelaySteps);
  const quantiles = new Float64Array(rows.length * channels * levels).fill(Number.NaN);
  rows.forEach((t, k) => {
    for (let c = 0; c < channels; c++) {
      if (!Number.isNaN(window.values[t * channels + c] as number)) continue;
      const offset = (k * channels + c) * levels;
      const d = model.basis.active.indexOf(c);
      if (d >= 0 && call !== undefined)
        writeQuantiles(
          model,
          options,
          window,
          call,
          t,
          d,
          model.calibration.spread.impute[d] as number,
          quantiles,
          offset,
        );
      else quantiles.fill(lastValue(window, c), offset, offset + levels);
    }
  });
  return { rows, final, quantiles };
}

function readForecast(model: Model, options: PlanOptions, window: PlanWindow, call: Call | undefined): Forecast | null {
  if (call === undefined) return null;
  const { horizon, active } = model.basis;
  const channels = window.location.length;
  const levels = options.quantiles.length;
  const quantiles = new Float64Array(horizon * channels * levels);
  for (let h = 0; h < horizon; h++) {
    for (let c = 0; c < channels; c++) {
      const offset = (h * channels + c) * levels;
      const d = active.indexOf(c);
      if (d < 0) quantiles.fill(lastValue(window, c), offset, offset + levels);
      else
        writeQuantiles(
          model,
          options,
          window,
          call,
          model.shape.length - horizon + h,
          d,
          model.calibration.spread.forecast[d] as number,
          quantiles,
          offset,
        );
    }
  }
  return { horizon, quantiles };
}

/**
 * Relative squared residuals of the new rows, mean over the parts of the score. Part `score`: mean residual over the masking
 * horizons, then squared. Part `cross`: residual of the call in which the channel was masked. Expectation and band are those of the
 * part that is surprised more.
 */
function readResidual(
  model: Model,
  window: PlanWindow,
  calls: Readonly<Record<ScorePart, readonly Call[]>>,
): Residual | null {
  if (calls.score.length + calls.cross.length === 0) return null;
  const { basis, shape, calibration } = model;
  const channels = window.location.length;
  const { newRows } = window;
  const squared = new Float64Array(newRows * channels).fill(Number.NaN);
  const bias = new Float64Array(newRows * channels).fill(Number.NaN);
  const expected = new Float64Array(newRows * channels).fill(Number.NaN);
  const halfWidth90 = new Float64Array(newRows * channels).fill(Number.NaN);
  for (let k = 0; k < newRows; k++) {
    const t = shape.length - newRows + k;
    for (let c = 0; c < channels; c++) {
      if (!basis.gauges[c]) continue;
      const d = basis.active.indexOf(c);
      const location = window.location[c] as number;
      const scale = window.scale[c] as number;
      const z = Math.min(zMax, Math.max(-zMax, ((window.values[t * channels + c] as number) - location) / scale));
      const out = k * channels + c;
      if (d < 0) {
        squared[out] = relativeSquare(z * z, calibration.residualLevel.score[c] as number);
        expected[out] = location;
        halfWidth90[out] = scale;
        continue;
      }
      const parts = [
        readPart(model, calls.score, 'score', c, d, t, z),
        readPart(
          model,
          calls.cross.filter(({ group }) => group.includes(d)),
          'cross',
          c,
          d,
          t,
          z,
        ),
      ].filter((part) => part !== null);
      if (parts.length === 0) continue;
      squared[out] = parts.reduce((sum, part) => sum + part.relative, 0) / parts.length;
      bias[out] = (parts.at(-1) as NonNullable<ReturnType<typeof readPart>>).signed;
      const surprised = parts.reduce((most, part) => (part.relative > most.relative ? part : most));
      expected[out] = location + scale * surprised.centre;
      halfWidth90[out] = scale * surprised.halfWidth;
    }
  }
  return { squared, bias, expected, halfWidth90 };
}

/** One part of the score of cell (t, d), in z units; null where no call masked it. */
function readPart(model: Model, calls: readonly Call[], part: ScorePart, c: number, d: number, t: number, z: number) {
  const first = calls[0];
  if (first === undefined) return null;
  const cell = t * model.shape.channels + d;
  const centre = calls.reduce((sum, call) => sum + (call.location[cell] as number), 0) / calls.length;
  const residual = (z - centre) / (model.basis.residualScale[part][d] as number);
  const relative = relativeSquare(residual * residual, model.calibration.residualLevel[part][c] as number);
  return {
    relative,
    signed: Math.sign(residual) * Math.sqrt(relative),
    centre,
    halfWidth: logit(0.95) * (first.scale[cell] as number),
  };
}
