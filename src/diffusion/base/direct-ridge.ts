import { NormalEquations } from './normal-equations.ts';

/** Base for suffixes: one ridge regression a channel and horizon ("direct" multi-step forecasting). */
export interface DirectRidge {
  readonly channels: number;
  readonly horizon: number;
  /** Own lags 1..lags relative to the last value. */
  readonly lags: number;
  /** Whether the last values of all channels are inputs. */
  readonly crossChannel: boolean;
  readonly timeFeatures: number;
  /** Channels whose values ahead are inputs: what is planned. */
  readonly planned: readonly number[];
  /** Rows of these; 0 without such channels. */
  readonly planRows: number;
  /** [channel, feature, horizon] */
  readonly coefficients: Float32Array;
  /** Residual standard deviation out of fold, [channel, horizon]. */
  readonly residualStd: Float32Array;
}

const lagsMax = 96;
const crossChannelsMax = 64;
const planFeaturesMax = 192;
const foldCount = 5;
const lambdas = [1, 10, 100, 1e3, 1e4, 1e5];

type RidgeShape = Omit<DirectRidge, 'coefficients' | 'residualStd' | 'horizon'>;

export const ridgeFeatureCount = (r: RidgeShape): number =>
  2 + r.lags + r.timeFeatures + (r.crossChannel ? r.channels : 0) + r.planned.length * r.planRows;

/** @param planned channels known ahead; where they would be too many inputs, a plan is left to the network */
export function ridgeShapeFor(
  channels: number,
  context: number,
  timeFeatures: number,
  planned: readonly number[] = [],
  horizon = 0,
): RidgeShape {
  const fits = planned.length * horizon <= planFeaturesMax;
  return {
    channels,
    lags: Math.min(context - 1, lagsMax),
    crossChannel: channels <= crossChannelsMax,
    timeFeatures,
    planned: fits ? planned : [],
    planRows: fits && planned.length > 0 ? horizon : 0,
  };
}

/**
 * Features of one channel at one origin: 1, own last value, own lags relative to it, time, last values of all channels, and every
 * planned row relative to the last one. What is planned itself is not forecast from plans: it is needed where there is none.
 * @param filled [time, channel] without gaps
 * @param origin row of the last known value
 * @param ahead [row after the origin, channel]; of planned channels, NaN is as the last value
 */
function writeFeatures(
  shape: RidgeShape,
  filled: Float32Array,
  origin: number,
  channel: number,
  time: Float32Array,
  ahead: Float32Array,
  out: Float64Array,
): void {
  const { channels, lags } = shape;
  const lastValue = filled[origin * channels + channel] as number;
  let i = 0;
  out[i++] = 1;
  out[i++] = lastValue;
  for (let lag = 1; lag <= lags; lag++) out[i++] = (filled[(origin - lag) * channels + channel] as number) - lastValue;
  for (let k = 0; k < shape.timeFeatures; k++) out[i++] = time[k] as number;
  if (shape.crossChannel)
    for (let d = 0; d < channels; d++) out[i++] = d === channel ? 0 : (filled[origin * channels + d] as number);
  const own = shape.planned.includes(channel);
  for (const d of shape.planned) {
    for (let row = 0; row < shape.planRows; row++) {
      const change = (ahead[row * channels + d] as number) - (filled[origin * channels + d] as number);
      out[i++] = own || Number.isNaN(change) ? 0 : change;
    }
  }
}

/** Where training rows come from: windows in time order with the context filled. */
export interface RidgeSample {
  /** [context + horizon, channel]: context filled; of the rest, channels with a NaN are left out. */
  readonly filled: Float32Array;
  /** Fold of the window: the ridge of this fold does not see it. */
  readonly fold: number;
  readonly time: Float32Array;
}

export interface FittedRidge {
  readonly ridge: DirectRidge;
  /** The same regression fitted without fold k: what the network is trained on for windows of fold k. */
  readonly folds: readonly DirectRidge[];
}

/**
 * Fits by cross-validation over contiguous folds: lambda per channel, out-of-fold residuals, and one ridge a fold.
 * Targets are x_{t+h} - x_last; a sample with a missing target is left out for that channel.
 */
export function fitDirectRidge(
  samples: readonly RidgeSample[],
  channels: number,
  context: number,
  horizon: number,
  timeFeatures: number,
  planned: readonly number[] = [],
): FittedRidge {
  const shape = ridgeShapeFor(channels, context, timeFeatures, planned, horizon);
  const features = ridgeFeatureCount(shape);
  const make = () => ({
    ...shape,
    horizon,
    coefficients: new Float32Array(channels * features * horizon),
    residualStd: new Float32Array(channels * horizon),
  });
  const whole = make();
  const folds = Array.from({ length: foldCount }, make);
  const x = new Float64Array(features);
  const y = new Float64Array(horizon);
  for (let d = 0; d < channels; d++) {
    const sums = Array.from({ length: foldCount }, () => new NormalEquations(features, horizon));
    for (const sample of samples) {
      const lastValue = sample.filled[(context - 1) * channels + d] as number;
      for (let h = 0; h < horizon; h++) y[h] = (sample.filled[(context + h) * channels + d] as number) - lastValue;
      if (y.some(Number.isNaN)) continue;
      writeFeatures(shape, sample.filled, context - 1, d, sample.time, sample.filled.subarray(context * channels), x);
      (sums[sample.fold] as NormalEquations).add(x, y);
    }
    fitChannel(sums, d, features, horizon, whole, folds);
  }
  return { ridge: whole, folds };
}

/** Fold of the window at `index` of `count`, contiguous in time. */
export const foldOf = (index: number, count: number): number =>
  Math.min(foldCount - 1, Math.floor((index * foldCount) / count));

function fitChannel(
  sums: readonly NormalEquations[],
  channel: number,
  features: number,
  horizon: number,
  whole: DirectRidge,
  folds: readonly DirectRidge[],
): void {
  const total = sums.reduce((a, b) => a.combine(b, 1));
  if (total.rows < 2) {
    whole.residualStd.fill(1, channel * horizon, (channel + 1) * horizon);
    return; // a channel with hardly a value: the last one held
  }
  const without = sums.map((fold) => total.combine(fold, -1));
  let best = { lambda: lambdas[lambdas.length - 1] as number, error: Number.POSITIVE_INFINITY };
  for (const lambda of lambdas) {
    const error = sums.reduce(
      (sum, fold, k) => sum + fold.squaredError((without[k] as NormalEquations).solve(lambda)),
      0,
    );
    if (error < best.error) best = { lambda, error };
  }
  const place = channel * features * horizon;
  whole.coefficients.set(total.solve(best.lambda), place);
  const squares = new Float64Array(horizon);
  sums.forEach((fold, k) => {
    const coefficients = (without[k] as NormalEquations).solve(best.lambda);
    (folds[k] as DirectRidge).coefficients.set(coefficients, place);
    for (let h = 0; h < horizon; h++) squares[h] = (squares[h] as number) + errorOf(fold, coefficients, h);
  });
  for (let h = 0; h < horizon; h++) {
    const std = Math.sqrt(Math.max((squares[h] as number) / total.rows, 1e-12));
    for (const ridge of [whole, ...folds]) ridge.residualStd[channel * horizon + h] = std;
  }
}

/** Squared error of one target column. */
function errorOf(sums: NormalEquations, coefficients: Float64Array, target: number): number {
  const column = new NormalEquations(sums.features, 1);
  column.gram.set(sums.gram);
  for (let i = 0; i < sums.features; i++) column.moments[i] = sums.moments[i * sums.targets + target] as number;
  column.targetSquares[0] = sums.targetSquares[target] as number;
  const beta = new Float64Array(sums.features);
  for (let i = 0; i < sums.features; i++) beta[i] = coefficients[i * sums.targets + target] as number;
  return column.squaredError(beta);
}

/**
 * Writes the forecast into rows context..context+horizon-1 of `filled` [length, channel], whose rows before are known or filled, as
 * are, of planned channels, these rows themselves.
 */
export function forecastRidge(ridge: DirectRidge, filled: Float32Array, context: number, time: Float32Array): void {
  const features = ridgeFeatureCount(ridge);
  const { channels, horizon } = ridge;
  const x = new Float64Array(features);
  const ahead = filled.slice(context * channels, (context + horizon) * channels);
  for (let d = 0; d < channels; d++) {
    writeFeatures(ridge, filled, context - 1, d, time, ahead, x);
    const lastValue = filled[(context - 1) * channels + d] as number;
    for (let h = 0; h < horizon; h++) {
      let value = lastValue;
      const place = d * features * horizon + h;
      for (let i = 0; i < features; i++)
        value += (x[i] as number) * (ridge.coefficients[place + i * horizon] as number);
      filled[(context + h) * channels + d] = value;
    }
  }
}
