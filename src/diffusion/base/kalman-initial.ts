import { interpolate } from './interpolate.ts';
import { principalComponents } from './kalman-components.ts';
import type { KalmanParameters } from './kalman-parameters.ts';
import type { KalmanStretch } from './kalman-stretches.ts';
import { NormalEquations } from './normal-equations.ts';

const varianceMin = 1e-6;
/** Share of the one-step residual that the fit starts from as observation noise. */
const noiseShare = 0.2;
const persistenceMax = 0.99;

export interface InitialKalman {
  readonly parameters: KalmanParameters<Float64Array>;
  /** Lag-one correlation of each channel: the diagonal that the ridge on the transition shrinks to. */
  readonly persistence: Float64Array;
}

/** First parameters: VAR on rows whose gaps are interpolated, by a ridge towards every channel following itself alone. */
export function initialKalman(
  stretches: readonly KalmanStretch[],
  channels: number,
  rank: number,
  lambda: number,
): InitialKalman {
  const filled = stretches.map(({ y, known, rows }) => {
    const out = new Float32Array(rows * channels);
    interpolate(Float32Array.from(y), known, rows, channels, out);
    return out;
  });
  const { covariance, persistence } = secondMoments(filled, channels);
  const components = principalComponents(covariance, channels, rank);
  const n = channels + rank;
  const transition = new Float64Array(channels * n);
  for (let d = 0; d < channels; d++) transition[d * n + d] = persistence[d];
  const state = new Float64Array(n);
  const residual = new Float64Array(channels);
  /** Residuals of the present transition, with their states. */
  const pass = (sums: NormalEquations, features: Float64Array) => {
    for (const z of filled)
      for (let at = channels; at < z.length; at += channels) {
        writeState(z, at - channels, channels, rank, components, state);
        for (let d = 0; d < channels; d++) {
          residual[d] = z[at + d];
          for (let i = 0; i < n; i++) residual[d] -= transition[d * n + i] * state[i];
        }
        sums.add(features, residual);
      }
    return sums;
  };
  const states = pass(new NormalEquations(n, channels), state);
  const solved = states.solve(lambda);
  for (let d = 0; d < channels; d++) for (let i = 0; i < n; i++) transition[d * n + i] += solved[i * channels + d];
  const residuals = pass(new NormalEquations(channels, channels), residual);
  const stateNoise = average(residuals, channels);
  return {
    persistence,
    parameters: {
      channels,
      rank,
      transition,
      components,
      stateNoise,
      observationNoise: Float64Array.from({ length: channels }, (_, d) => noiseShare * stateNoise[d * channels + d]),
      initialCovariance: average(states, n),
    },
  };
}

function secondMoments(filled: readonly Float32Array[], channels: number) {
  const sums = new NormalEquations(channels, 1);
  const row = new Float64Array(channels);
  const none = new Float64Array(1);
  const products = new Float64Array(channels);
  for (const z of filled)
    for (let at = 0; at < z.length; at += channels) {
      for (let d = 0; d < channels; d++) {
        row[d] = z[at + d];
        if (at > 0) products[d] += row[d] * z[at - channels + d];
      }
      sums.add(row, none);
    }
  const persistence = products.map((sum, d) =>
    Math.min(persistenceMax, Math.max(0, sum / (sums.gram[d * (channels + 1)] + varianceMin))),
  );
  return { covariance: sums.gram, persistence };
}

/** [x_t; V' x_{t-1}] of the filled row that starts at `at`; before the first row stands the first row. */
function writeState(
  z: Float32Array,
  at: number,
  channels: number,
  rank: number,
  components: Float64Array,
  out: Float64Array,
): void {
  for (let d = 0; d < channels; d++) out[d] = z[at + d];
  const before = Math.max(0, at - channels);
  for (let c = 0; c < rank; c++) {
    let sum = 0;
    for (let d = 0; d < channels; d++) sum += components[d * rank + c] * z[before + d];
    out[channels + c] = sum;
  }
}

/** X'X over the rows, with a floor on the diagonal. */
function average(sums: NormalEquations, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = sums.gram[i * n + j] / Math.max(1, sums.rows) + (i === j ? varianceMin : 0);
      out[i * n + j] = value;
      out[j * n + i] = value;
    }
  return out;
}
