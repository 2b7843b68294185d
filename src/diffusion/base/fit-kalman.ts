import { KalmanSmoother } from './kalman.ts';
import { initialKalman } from './kalman-initial.ts';
import { maximise } from './kalman-maximise.ts';
import { KalmanMoments } from './kalman-moments.ts';
import type { KalmanParameters } from './kalman-parameters.ts';
import { cutStretches, type GapSegment } from './kalman-stretches.ts';
import { fitSeasonalMean, type SeasonalMean } from './seasonal-mean.ts';

/** A fitted smoother for gaps: plain numbers, to be stored and sent to workers. */
export interface KalmanModel extends KalmanParameters<Float32Array> {
  readonly kind: 'kalman';
  readonly stepMs: number;
  readonly season: SeasonalMean;
}

export interface KalmanFitOptions {
  readonly stepMs: number;
  /** Principal components that the second lag goes through; at most the channels. */
  readonly rank?: number;
  readonly iterations?: number;
  /** Rows that the fit reads, in stretches spread over the segments. */
  readonly rowsMax?: number;
  /** Weight of the ridge on the transition, in rows of unit variance. */
  readonly lambda?: number;
  /** Parts of a day with a mean of their own; left out, as many as the data can teach. */
  readonly bins?: number;
  readonly onIteration?: (iteration: number, logLikelihoodPerCell: number) => void;
}

const defaults = { rank: 12, iterations: 6, rowsMax: 6000, lambda: 10 };

/**
 * Fits by expectation and maximisation (Shumway & Stoffer 1982), missing cells left out, from a ridge VAR on interpolated rows.
 * Stretches are independent of one another; the covariance they start from is held until the last iteration and then becomes the
 * average of the states seen. Deterministic.
 */
export function fitKalman(segments: readonly GapSegment[], channels: number, options: KalmanFitOptions): KalmanModel {
  const { stepMs, onIteration } = options;
  const { iterations, rowsMax, lambda, rank: rankAsked } = { ...defaults, ...options };
  const rank = Math.min(rankAsked, channels);
  const season = fitSeasonalMean(segments, channels, stepMs, options.bins);
  const stretches = cutStretches(segments, channels, season, stepMs, rowsMax);
  const initial = initialKalman(stretches, channels, rank, lambda);
  let parameters = initial.parameters;
  const lengthMax = stretches.reduce((n, s) => Math.max(n, s.rows), 1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const smoother = new KalmanSmoother(parameters, lengthMax, true);
    const moments = new KalmanMoments(channels, smoother.n, smoother.memory);
    for (const { y, known, rows } of stretches) {
      const smoothed = smoother.smooth(y, known, rows, moments.transition);
      moments.observe(y, known, rows, smoothed, smoother.logLikelihood);
    }
    onIteration?.(iteration, moments.logLikelihood / Math.max(1, moments.cells));
    parameters = maximise(parameters, moments, initial.persistence, lambda, iteration === iterations - 1);
  }
  return {
    kind: 'kalman',
    channels,
    rank,
    stepMs,
    season,
    transition: Float32Array.from(parameters.transition),
    components: Float32Array.from(parameters.components),
    stateNoise: Float32Array.from(parameters.stateNoise),
    observationNoise: Float32Array.from(parameters.observationNoise),
    initialCovariance: Float32Array.from(parameters.initialCovariance),
  };
}
