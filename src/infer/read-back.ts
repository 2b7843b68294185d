import type { Forecast, Imputed, Residual } from '../core/inference.ts';
import { relativeSquare, type ScorePart } from '../diffusion/calibration.ts';
import { logit } from '../diffusion/logistic.ts';
import type { Model } from '../diffusion/model.ts';
import { imputeRows } from './impute-rows.ts';
import type { Call, PlanOptions, PlanWindow } from './plan-types.ts';

const zMax = 25;

/** z of a value: a reading further out than 25 scales is that far out. NaN stays NaN. */
export const standardise = (x: number, location: number, scale: number): number =>
  Math.min(zMax, Math.max(-zMax, (x - location) / scale));

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

/** Quantiles of the missing cells of the rows asked for. */
export function readImputed(
  model: Model,
  options: PlanOptions,
  window: PlanWindow,
  call: Call | undefined,
): Imputed | null {
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

/** Quantiles of the rows ahead. */
export function readForecast(
  model: Model,
  options: PlanOptions,
  window: PlanWindow,
  call: Call | undefined,
): Forecast | null {
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
export function readResidual(
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
      const z = standardise(window.values[t * channels + c] as number, location, scale);
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
