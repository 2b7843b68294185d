/**
 * Linear-Gaussian model of a row x_t of D channels by its two predecessors, the second through k principal components:
 * x_t = A x_{t-1} + B V' x_{t-2} + q_t, q ~ N(0, Q); observed cells are y = x + noise of variance R.
 */
export interface KalmanParameters<Numbers extends Float32Array | Float64Array> {
  readonly channels: number;
  readonly rank: number;
  /** [A B], [channel, channel + rank] */
  readonly transition: Numbers;
  /** V, [channel, rank] */
  readonly components: Numbers;
  /** Q, [channel, channel] */
  readonly stateNoise: Numbers;
  /** R, [channel] */
  readonly observationNoise: Numbers;
  /** Covariance of the state [x_t; V' x_{t-1}] before anything is seen; its mean is 0. */
  readonly initialCovariance: Numbers;
}

/** What a pass of the smoother tells, [time, channel]. */
export interface Smoothed {
  readonly mean: Float64Array;
  /** Variance of x given every observed cell. */
  readonly variance: Float64Array;
  /** Variance of an observation of the cell, noise and all, given every other observed cell. */
  readonly spread: Float64Array;
  /** Of observed cells, value minus the mean given all other cells, over the standard deviation of that; elsewhere 0. */
  readonly leaveOneOut: Float64Array;
}

/**
 * What the backward pass knows of the step from row t to t + 1, for the fit by expectation and maximisation. The buffers are the
 * smoother's own and change after the call.
 */
export interface TransitionMoments {
  /** r and N of row t + 1, and both carried to row t: T' r, T' N T. */
  readonly r: Float64Array;
  readonly information: Float64Array;
  readonly rCarried: Float64Array;
  readonly informationCarried: Float64Array;
  /** T' N: rows below `channels` whole, the others in their first `channels` columns. */
  readonly product: Float64Array;
  /** Whether everything but the means is as at the visit before: the recursions have settled. */
  same: boolean;
  /** Filtered means [time, n] and covariances [time, n, n]. */
  readonly filteredMean: Float64Array;
  readonly filtered: Float64Array;
}

export type TransitionVisitor = (row: number, moments: TransitionMoments) => void;
