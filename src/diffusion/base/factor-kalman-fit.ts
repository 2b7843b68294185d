import { inverse, Matrix } from 'ml-matrix';
import { FactorKalmanSmoother, type FactorParameters } from './factor-kalman.ts';
import type { KalmanFitOptions } from './fit-kalman.ts';
import { interpolate } from './interpolate.ts';
import { principalComponents } from './kalman-components.ts';
import { cutStretches, type GapSegment, type KalmanStretch } from './kalman-stretches.ts';
import { NormalEquations } from './normal-equations.ts';
import { fitSeasonalMean, type SeasonalMean } from './seasonal-mean.ts';

/** The smoother for gaps of wide feeds: plain numbers, to be stored and sent to workers. */
export interface FactorKalmanModel extends FactorParameters<Float32Array> {
  readonly kind: 'factor_kalman';
  readonly stepMs: number;
  readonly season: SeasonalMean;
}

const defaults = { rank: 24, iterations: 3, rowsMax: 12_000, lambda: 10 };
const varianceMin = 1e-4;
const persistenceMax = 0.995;

/**
 * Fits in rounds (two-step estimation of Doz, Giannone & Reichlin 2011, repeated): principal components of rows without gaps, a ridge
 * VAR(1) of their scores, an AR(1) a channel of what they leave; the smoother of that fills the gaps of the next round. Deterministic.
 */
export function fitFactorKalman(
  segments: readonly GapSegment[],
  channels: number,
  options: KalmanFitOptions,
): FactorKalmanModel {
  const { stepMs } = options;
  const { iterations, rowsMax, lambda, rank: rankAsked } = { ...defaults, ...options };
  const rank = Math.min(rankAsked, channels);
  const season = fitSeasonalMean(segments, channels, stepMs, options.bins);
  const stretches = cutStretches(segments, channels, season, stepMs, rowsMax);
  let filled = stretches.map(({ y, known, rows }) => {
    const out = new Float32Array(rows * channels);
    interpolate(Float32Array.from(y), known, rows, channels, out);
    return out;
  });
  let parameters = estimate(stretches, filled, channels, rank, lambda);
  const lengthMax = stretches.reduce((n, s) => Math.max(n, s.rows), 1);
  for (let iteration = 1; iteration < iterations; iteration++) {
    const smoother = new FactorKalmanSmoother(parameters, lengthMax);
    filled = stretches.map(({ y, known, rows }) => {
      const { mean } = smoother.smooth(y, known, rows);
      return Float32Array.from({ length: rows * channels }, (_, i) => (known[i] === 1 ? y[i] : mean[i]));
    });
    parameters = estimate(stretches, filled, channels, rank, lambda);
  }
  return { kind: 'factor_kalman', stepMs, season, ...parameters };
}

function estimate(
  stretches: readonly KalmanStretch[],
  filled: readonly Float32Array[],
  channels: number,
  rank: number,
  lambda: number,
): FactorParameters<Float32Array> {
  const covariance = new NormalEquations(channels, 1);
  const row = new Float64Array(channels);
  const none = new Float64Array(1);
  for (const z of filled)
    for (let at = 0; at < z.length; at += channels) {
      for (let d = 0; d < channels; d++) row[d] = z[at + d];
      covariance.add(row, none);
    }
  const loadings = principalComponents(covariance.gram, channels, rank);
  const scores = filled.map((z) => project(z, loadings, channels, rank));
  const sums = new NormalEquations(rank, rank);
  for (const f of scores)
    for (let at = rank; at < f.length; at += rank) sums.add(f.subarray(at - rank, at), f.subarray(at, at + rank));
  const solved = sums.solve(lambda);
  const transition = Float32Array.from(
    { length: rank * rank },
    (_, i) => solved[(i % rank) * rank + Math.floor(i / rank)],
  );
  const noise = new NormalEquations(rank, 1);
  const residual = new Float64Array(rank);
  for (const f of scores)
    for (let at = rank; at < f.length; at += rank) {
      for (let i = 0; i < rank; i++) {
        residual[i] = f[at + i];
        for (let l = 0; l < rank; l++) residual[i] -= solved[l * rank + i] * f[at - rank + l];
      }
      noise.add(residual, none);
    }
  const own = ownProcesses(stretches, scores, loadings, channels, rank);
  return {
    channels,
    rank,
    loadings: Float32Array.from(loadings),
    transition,
    noisePrecision: precisionOf(noise),
    initialPrecision: precisionOf(sums),
    ...own,
  };
}

/** Scores V' x, [time, rank]. */
function project(z: Float32Array, loadings: Float64Array, channels: number, rank: number): Float64Array {
  const out = new Float64Array((z.length / channels) * rank);
  for (let t = 0; t * channels < z.length; t++)
    for (let d = 0; d < channels; d++)
      for (let i = 0; i < rank; i++) out[t * rank + i] += loadings[d * rank + i] * z[t * channels + d];
  return out;
}

/** Variance and lag-one correlation of what the factors leave of each channel, from observed cells. */
function ownProcesses(
  stretches: readonly KalmanStretch[],
  scores: readonly Float64Array[],
  loadings: Float64Array,
  channels: number,
  rank: number,
): { persistence: Float32Array; ownVariance: Float32Array } {
  const squares = new Float64Array(channels);
  const cells = new Float64Array(channels);
  const products = new Float64Array(channels);
  const pairSquares = new Float64Array(channels);
  stretches.forEach(({ y, known, rows }, s) => {
    const before = new Float64Array(channels).fill(Number.NaN);
    for (let t = 0; t < rows; t++)
      for (let d = 0; d < channels; d++) {
        let e = Number.NaN;
        if (known[t * channels + d] === 1) {
          e = y[t * channels + d];
          for (let i = 0; i < rank; i++) e -= loadings[d * rank + i] * scores[s][t * rank + i];
          squares[d] += e * e;
          cells[d]++;
          if (!Number.isNaN(before[d])) {
            products[d] += e * before[d];
            pairSquares[d] += (e * e + before[d] ** 2) / 2;
          }
        }
        before[d] = e;
      }
  });
  return {
    ownVariance: Float32Array.from(squares, (sum, d) => (cells[d] > 0 ? sum / cells[d] : 1) + varianceMin),
    persistence: Float32Array.from(products, (sum, d) =>
      Math.max(-persistenceMax, Math.min(persistenceMax, sum / (pairSquares[d] + varianceMin))),
    ),
  };
}

function precisionOf(sums: NormalEquations): Float32Array {
  const r = sums.features;
  const matrix = new Matrix(r, r);
  for (let i = 0; i < r; i++)
    for (let j = 0; j <= i; j++) {
      const value = sums.gram[i * r + j] / Math.max(1, sums.rows) + (i === j ? varianceMin : 0);
      matrix.set(i, j, value);
      matrix.set(j, i, value);
    }
  return Float32Array.from(inverse(matrix).to1DArray());
}
