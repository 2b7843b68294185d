import { NormalEquations } from './normal-equations.ts';

/** Base for the newest rows: a vector autoregression on lags 1, 2 and 4, fitted by ridge, iterated over masked rows. */
export interface RidgeVar {
  readonly channels: number;
  /** [3 channels + 1, channel] */
  readonly coefficients: Float32Array;
}

const lags = [1, 2, 4] as const;
export const varLagMax = 4;
const lambda = 10;
const valueMax = 25;

function writeFeatures(filled: Float32Array, row: number, channels: number, out: Float64Array): void {
  let i = 0;
  for (const lag of lags) for (let d = 0; d < channels; d++) out[i++] = filled[(row - lag) * channels + d] as number;
  out[i] = 1;
}

/** @param segments filled stretches [rows, channel]; @param usable whether a row may be a target */
export function fitRidgeVar(
  segments: readonly { readonly filled: Float32Array; readonly usable: Uint8Array }[],
  channels: number,
  rowsMax: number,
): RidgeVar {
  const features = lags.length * channels + 1;
  const sums = new NormalEquations(features, channels);
  const rowsAll = segments.reduce((n, s) => n + s.usable.length, 0);
  const every = Math.max(1, Math.ceil(rowsAll / rowsMax));
  const x = new Float64Array(features);
  const y = new Float64Array(channels);
  for (const { filled, usable } of segments) {
    for (let row = varLagMax; row < usable.length; row += every) {
      if (usable[row] === 0) continue;
      writeFeatures(filled, row, channels, x);
      for (let d = 0; d < channels; d++) y[d] = filled[row * channels + d] as number;
      sums.add(x, y);
    }
  }
  return { channels, coefficients: new Float32Array(sums.solve(lambda)) };
}

/**
 * Predicts cells with known = 0 in rows from..length-1 of `filled` [time, channel] one row after the other; known cells stay.
 */
export function iterateVar(
  model: RidgeVar,
  filled: Float32Array,
  known: Uint8Array,
  from: number,
  length: number,
): void {
  const { channels, coefficients } = model;
  const features = lags.length * channels + 1;
  const x = new Float64Array(features);
  const y = new Float64Array(channels);
  for (let row = Math.max(from, varLagMax); row < length; row++) {
    writeFeatures(filled, row, channels, x);
    y.fill(0);
    for (let i = 0; i < features; i++) {
      const xi = x[i] as number;
      if (xi === 0) continue;
      for (let d = 0; d < channels; d++) y[d] = (y[d] as number) + xi * (coefficients[i * channels + d] as number);
    }
    for (let d = 0; d < channels; d++) {
      if (known[row * channels + d] === 0)
        filled[row * channels + d] = Math.min(valueMax, Math.max(-valueMax, y[d] as number));
    }
  }
}
