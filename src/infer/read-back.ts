import type { Forecast, ForecastLaw, Imputed, Residual } from '../core/inference.ts';
import { bend, type Transform, unbend } from '../core/transform.ts';
import { relativeSquare, type ScorePart } from '../diffusion/calibration.ts';
import { logit } from '../diffusion/logistic.ts';
import type { Model } from '../diffusion/model.ts';
import { imputeRows } from './impute-rows.ts';
import type { Call, PlanOptions, PlanWindow } from './plan-types.ts';

type Bounds = PlanOptions['bounds'][number];

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
    const bent = (window.location[c] as number) + (window.scale[c] as number) * (centre + spread * deviation);
    const value = unbend(model.basis.transforms[c] as Transform, bent);
    out[offset + q] = Math.min(bounds.max, Math.max(bounds.min, value));
  });
}

/** What is planned for a pipeline channel in row `h` ahead; NaN where nothing is. */
export function plannedValue({ ahead }: Model['basis'], window: PlanWindow, h: number, c: number): number {
  const k = ahead.indexOf(c);
  return k < 0 ? Number.NaN : (window.ahead?.[h * ahead.length + k] ?? Number.NaN);
}

/** Channels that never varied have nothing to learn from: they hold their last value. */
export function lastValue(model: Model, window: PlanWindow, c: number): number {
  const channels = window.location.length;
  for (let i = window.values.length - channels + c; i >= 0; i -= channels) {
    const value = window.values[i] as number;
    if (!Number.isNaN(value)) return value;
  }
  return unbend(model.basis.transforms[c] as Transform, window.location[c] as number);
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
  if (window.scoreOnly || window.observedFraction < options.minObservedFraction) return null;
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
      else quantiles.fill(lastValue(model, window, c), offset, offset + levels);
    }
  });
  return { rows, final, quantiles };
}

/** Quantiles of the rows ahead; where a plan is known they are the plan, for certain. */
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
      const planned = plannedValue(model.basis, window, h, c);
      if (!Number.isNaN(planned)) quantiles.fill(planned, offset, offset + levels);
      else if (d < 0) quantiles.fill(lastValue(model, window, c), offset, offset + levels);
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
  return {
    horizon,
    quantiles,
    laws: { network: networkLaw(model, window, call), ridge: ridgeLaw(model, window, call) },
  };
}

/** Logistic scale of a normal law with the same central 90 %. */
const logisticOfNormal = 1.6448536269514722 / logit(0.95);

/** The law of the network ahead, as its quantiles have it: of sampled paths, the logistic law with their median and central 90 %. */
function networkLaw(model: Model, window: PlanWindow, call: Call): ForecastLaw {
  return lawAhead(model, window, (cell, d) => {
    const spread = model.calibration.spread.forecast[d] as number;
    if (call.samples.length === 0) return [call.location[cell] as number, spread * (call.scale[cell] as number)];
    const sorted = Float64Array.from(call.samples, (path) => path[cell] as number).sort();
    const width = sampleQuantile(sorted, 0.95) - sampleQuantile(sorted, 0.05);
    return [sampleQuantile(sorted, 0.5), (spread * width) / (2 * logit(0.95))];
  });
}

/** The law of the base alone: its value, and its residual spread out of fold. */
function ridgeLaw(model: Model, window: PlanWindow, call: Call): ForecastLaw {
  const { ridge } = model.basis;
  return lawAhead(model, window, (cell, d, h) => [
    call.base[cell] as number,
    logisticOfNormal * (ridge.residualStd[d * ridge.horizon + h] as number),
  ]);
}

/**
 * A law of the bent values from one in z units; channels that never varied hold their last value, for certain. NaN where a plan is
 * known: there is nothing to forecast.
 */
function lawAhead(
  model: Model,
  window: PlanWindow,
  lawOf: (cell: number, d: number, h: number) => readonly [location: number, scale: number],
): ForecastLaw {
  const { horizon, active } = model.basis;
  const channels = window.location.length;
  const law = { location: new Float64Array(horizon * channels), scale: new Float64Array(horizon * channels) };
  for (let c = 0; c < channels; c++) {
    const d = active.indexOf(c);
    for (let h = 0; h < horizon; h++) {
      const t = model.shape.length - horizon + h;
      const [location, scale] = d < 0 ? [0, 0] : lawOf(t * active.length + d, d, h);
      const unit = window.scale[c] as number;
      law.location[h * channels + c] =
        d < 0
          ? bend(model.basis.transforms[c] as Transform, lastValue(model, window, c))
          : (window.location[c] as number) + unit * location;
      law.scale[h * channels + c] = unit * scale;
      if (Number.isNaN(plannedValue(model.basis, window, h, c))) continue;
      law.location[h * channels + c] = Number.NaN;
      law.scale[h * channels + c] = Number.NaN;
    }
  }
  return law;
}

/**
 * Relative residuals of the new rows. Part `score`: mean residual over the masking horizons. Part `cross`: residual of the call in
 * which the channel was masked. Expectation and band are those of the part that is surprised more.
 */
export function readResidual(
  model: Model,
  options: PlanOptions,
  window: PlanWindow,
  calls: Readonly<Record<ScorePart, readonly Call[]>>,
): Residual | null {
  if (calls.score.length + calls.cross.length === 0) return null;
  const { basis, shape, calibration } = model;
  const channels = window.location.length;
  const { newRows } = window;
  const squared = new Float64Array(newRows * channels).fill(Number.NaN);
  const bias = new Float64Array(newRows * channels).fill(Number.NaN);
  const base = new Float64Array(newRows * channels).fill(Number.NaN);
  const level = new Float64Array(newRows * channels).fill(Number.NaN);
  const expected = new Float64Array(newRows * channels).fill(Number.NaN);
  const halfWidth90 = new Float64Array(newRows * channels).fill(Number.NaN);
  for (let k = 0; k < newRows; k++) {
    const t = shape.length - newRows + k;
    for (let c = 0; c < channels; c++) {
      if (!basis.gauges[c]) continue;
      const d = basis.active.indexOf(c);
      const location = window.location[c] as number;
      const scale = window.scale[c] as number;
      const transform = basis.transforms[c] as Transform;
      const z = standardise(bend(transform, window.values[t * channels + c] as number), location, scale);
      const bounds = options.bounds[c] as Bounds;
      const out = k * channels + c;
      level[out] = z;
      if (d < 0) {
        base[out] = z * z;
        squared[out] = relativeSquare(z * z, calibration.residualLevel.score[c] as number);
        [expected[out], halfWidth90[out]] = inUnits(transform, bounds, location, scale);
        continue;
      }
      const past = readPart(model, calls.score, 'score', c, d, t, z);
      const own = calls.cross.filter(({ group }) => group.includes(d));
      const others = readPart(model, own, 'cross', c, d, t, z);
      const parts = [past, others].filter((part) => part !== null);
      if (parts.length === 0) continue;
      if (past !== null) {
        squared[out] = past.relative;
        base[out] = past.baseSquared;
      }
      if (others !== null) bias[out] = others.signed;
      const surprised = parts.reduce((most, part) => (part.relative > most.relative ? part : most));
      [expected[out], halfWidth90[out]] = inUnits(
        transform,
        bounds,
        location + scale * surprised.centre,
        scale * surprised.halfWidth,
      );
    }
  }
  return { squared, ...(calls.cross.length > 0 ? { bias } : {}), base, level, expected, halfWidth90 };
}

/** Centre, within the bounds, and half width of a band in the channel's unit; bent back, the band is not quite centred. */
const inUnits = (transform: Transform, { min, max }: Bounds, centre: number, halfWidth: number): [number, number] => [
  Math.min(max, Math.max(min, unbend(transform, centre))),
  (unbend(transform, centre + halfWidth) - unbend(transform, centre - halfWidth)) / 2,
];

/** One part of the score of cell (t, d), in z units; null where no call masked it. */
function readPart(model: Model, calls: readonly Call[], part: ScorePart, c: number, d: number, t: number, z: number) {
  const first = calls[0];
  if (first === undefined) return null;
  const cell = t * model.shape.channels + d;
  const unit = model.basis.residualScale[part][d] as number;
  const centre = calls.reduce((sum, call) => sum + (call.location[cell] as number), 0) / calls.length;
  const residual = (z - centre) / unit;
  const baseCentre = calls.reduce((sum, call) => sum + (call.base[cell] as number), 0) / calls.length;
  const withoutNetwork = (z - baseCentre) / unit;
  const relative = relativeSquare(residual * residual, model.calibration.residualLevel[part][c] as number);
  return {
    relative,
    signed: Math.sign(residual) * Math.sqrt(relative),
    baseSquared: withoutNetwork * withoutNetwork,
    centre,
    halfWidth: logit(0.95) * (first.scale[cell] as number),
  };
}
