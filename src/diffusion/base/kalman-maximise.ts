import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { KalmanMoments } from './kalman-moments.ts';
import type { KalmanParameters } from './kalman-parameters.ts';

type Parameters = KalmanParameters<Float64Array>;

const varianceMin = 1e-6;

/**
 * New parameters from the moments of a pass: the most likely ones under a Gaussian prior on the transition, worth `lambda` rows of
 * unit variance, that every channel follows itself alone. With `last`, the start covariance becomes the average of the states seen.
 *
 * @param persistence [channel] the prior's diagonal
 */
export function maximise(
  before: Parameters,
  moments: KalmanMoments,
  persistence: Float64Array,
  lambda: number,
  last: boolean,
): Parameters {
  const { channels, rank, components } = before;
  const n = channels + rank;
  const observationNoise = Float64Array.from(before.observationNoise, (r, d) =>
    moments.observed[d] === 0 ? r : Math.max(moments.noiseSquares[d] / moments.observed[d], varianceMin),
  );
  if (moments.transitions === 0) return { ...before, observationNoise };
  const m = new Matrix(channels, n);
  for (let d = 0; d < channels; d++) for (let i = 0; i < n; i++) m.set(d, i, before.transition[d * n + i]);
  const q = new Matrix(channels, channels);
  for (let i = 0; i < channels * channels; i++) q.set(Math.floor(i / channels), i % channels, before.stateNoise[i]);
  const s00 = new Matrix(n, n);
  const ridged = new Matrix(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      s00.set(i, j, moments.states[i * n + j]);
      ridged.set(i, j, moments.states[i * n + j] + (i === j ? lambda : 0));
    }
  const noiseState = new Matrix(channels, n);
  const noise = new Matrix(channels, channels);
  for (let d = 0; d < channels; d++) {
    for (let i = 0; i < n; i++) noiseState.set(d, i, moments.noiseState[d * n + i]);
    for (let j = 0; j < channels; j++) noise.set(d, j, moments.noise[d * channels + j]);
  }
  const crossed = q.mmul(noiseState); // sum of E[q s']
  const squared = q.clone().mul(moments.transitions).add(q.mmul(noise).mmul(q)); // sum of E[q q']
  // M_new = (M S00 + E[q s'] + lambda prior) (S00 + lambda)^-1 = M + step
  const away = m.clone();
  for (let d = 0; d < channels; d++) away.set(d, d, away.get(d, d) - persistence[d]);
  const right = Matrix.sub(crossed, Matrix.mul(away, lambda));
  const step = new CholeskyDecomposition(ridged).solve(right.transpose()).transpose();
  const cross = step.mmul(crossed.transpose());
  const covariance = Matrix.sub(Matrix.sub(squared, cross), cross.transpose()).add(
    step.mmul(s00).mmul(step.transpose()),
  );
  const fresh = Matrix.add(m, step);
  away.add(step);
  covariance.add(away.mmul(away.transpose()).mul(lambda));
  const transition = new Float64Array(channels * n);
  const stateNoise = new Float64Array(channels * channels);
  for (let d = 0; d < channels; d++) {
    for (let i = 0; i < n; i++) transition[d * n + i] = fresh.get(d, i);
    for (let j = 0; j < channels; j++)
      stateNoise[d * channels + j] =
        (covariance.get(d, j) + covariance.get(j, d)) / (2 * moments.transitions) + (d === j ? varianceMin : 0);
  }
  const initialCovariance = last
    ? moments.states.map((v, i) => v / moments.transitions + (i % (n + 1) === 0 ? varianceMin : 0))
    : before.initialCovariance;
  return { channels, rank, components, transition, stateNoise, observationNoise, initialCovariance };
}
