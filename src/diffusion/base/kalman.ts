import { congruence } from './kalman-congruence.ts';
import { multiplyVector } from './kalman-multiply-vector.ts';

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

const varianceMin = 1e-12;
/** Relative change of covariances below which a row with the mask of its neighbour takes over what was computed there. */
const settled = 1e-7;

/**
 * Kalman filter with one scalar update an observed cell (Durbin & Koopman 2012, 6.4) and the backward recursions of de Jong (1989):
 * exact smoothed means, variances and leave-one-out residuals with O(n^2) a cell and no inverse. Covariances depend on the mask alone:
 * where it stays the same they settle, and rows cost O(n) a cell. Owns its buffers: one window at a time.
 */
export class KalmanSmoother {
  readonly channels: number;
  readonly n: number;
  readonly lengthMax: number;
  readonly out: Smoothed;
  /** Log-likelihood of the observed cells of the last window. */
  logLikelihood = 0;
  /** [A B; V' 0] and its transpose, [n, n]. */
  readonly transition: Float64Array;
  readonly transposed: Float64Array;
  readonly #stateNoise: Float64Array;
  readonly #observationNoise: Float64Array;
  readonly #initialCovariance: Float64Array;
  /** [time, channel, n]: gain of an observed cell, filtered covariance with the state of another. */
  readonly #columns: Float64Array;
  readonly #innovation: Float64Array;
  readonly #spread: Float64Array;
  /** Filtered means of x and, where the fit asks, covariances of all rows. */
  readonly filteredMean: Float64Array;
  readonly #filtered: Float64Array;
  readonly #p: Float64Array;
  readonly #product: Float64Array;
  readonly #next: Float64Array;
  readonly #predicted: Float64Array;
  /** Whether a row took over the gains of the row before it. */
  readonly #settledRow: Uint8Array;
  readonly #state: Float64Array;
  readonly #stateNext: Float64Array;
  readonly #vector: Float64Array;

  constructor(model: KalmanParameters<Float32Array | Float64Array>, lengthMax: number, keepCovariances = false) {
    const { channels, rank } = model;
    const n = channels + rank;
    this.channels = channels;
    this.n = n;
    this.lengthMax = lengthMax;
    this.#stateNoise = Float64Array.from(model.stateNoise);
    this.#observationNoise = Float64Array.from(model.observationNoise);
    this.#initialCovariance = Float64Array.from(model.initialCovariance);
    this.transition = new Float64Array(n * n);
    this.transition.set(model.transition);
    for (let d = 0; d < channels; d++)
      for (let c = 0; c < rank; c++) this.transition[(channels + c) * n + d] = model.components[d * rank + c];
    this.transposed = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) this.transposed[j * n + i] = this.transition[i * n + j];
    const cells = () => new Float64Array(lengthMax * channels);
    this.out = { mean: cells(), variance: cells(), spread: cells(), leaveOneOut: cells() };
    this.#columns = new Float64Array(lengthMax * channels * n);
    this.#innovation = cells();
    this.#spread = cells();
    this.filteredMean = new Float64Array(lengthMax * n);
    this.#filtered = new Float64Array(keepCovariances ? lengthMax * n * n : 0);
    const square = () => new Float64Array(n * n);
    this.#p = square();
    this.#product = square();
    this.#next = square();
    this.#predicted = square();
    this.#settledRow = new Uint8Array(lengthMax);
    this.#state = new Float64Array(n);
    this.#stateNext = new Float64Array(n);
    this.#vector = new Float64Array(n);
  }

  /** @param y [time, channel], of which only cells with known = 1 are read */
  smooth(y: Float64Array, known: Uint8Array, length: number, visitor?: TransitionVisitor): Smoothed {
    this.#forward(y, known, length);
    this.#backward(y, known, length, visitor);
    return this.out;
  }

  #forward(y: Float64Array, known: Uint8Array, length: number): void {
    const { n, channels } = this;
    const p = this.#p;
    this.#state.fill(0);
    this.logLikelihood = 0;
    this.#settledRow.fill(0);
    for (let t = 0; t < length; t++) {
      const again = t > 0 && sameMask(known, t, t - 1, channels);
      const steady = t > 0 && this.#predict(again, again && this.#settledRow[t - 1] === 1);
      if (t === 0) p.set(this.#initialCovariance);
      this.#settledRow[t] = steady ? 1 : 0;
      if (!steady) this.#predicted.set(p);
      else this.#columns.copyWithin(t * channels * n, (t - 1) * channels * n, t * channels * n);
      for (let d = 0; d < channels; d++) {
        const cell = t * channels + d;
        if (known[cell] === 0) continue;
        if (steady) this.#spread[cell] = this.#spread[cell - channels];
        else this.#condition(cell, d);
        this.#observe(cell, d, y[cell]);
      }
      if (!steady) this.#keepColumns(t, known);
      this.filteredMean.set(this.#state, t * n);
      if (this.#filtered.length > 0) this.#filtered.set(p, t * n * n);
    }
  }

  /** Completes the filtered covariance, of which updates keep the lower triangle, and its columns of cells that were not observed. */
  #keepColumns(t: number, known: Uint8Array): void {
    const { n, channels } = this;
    const p = this.#p;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) p[j * n + i] = p[i * n + j];
    for (let d = 0; d < channels; d++) {
      const cell = t * channels + d;
      if (known[cell] === 0) for (let i = 0; i < n; i++) this.#columns[cell * n + i] = p[d * n + i];
    }
  }

  /**
   * @param again whether the row has the mask of the row before it; @param steady whether that row had settled
   * @returns whether this one has: then the covariance is left at the filtered one of the row before
   */
  #predict(again: boolean, steady: boolean): boolean {
    const { n, channels, transition } = this;
    multiplyVector(transition, this.#state, 0, n, this.#stateNext);
    this.#state.set(this.#stateNext);
    if (steady) return true;
    const next = this.#next;
    congruence(transition, this.#p, channels, n, this.#product, next);
    for (let i = 0; i < channels; i++)
      for (let j = 0; j < channels; j++) next[i * n + j] += this.#stateNoise[i * channels + j];
    if (again && close(next, this.#predicted, n)) return true;
    this.#p.set(next);
    return false;
  }

  /** Gain of one observed cell, and the covariance given it; keeps the lower triangle only. */
  #condition(cell: number, d: number): void {
    const { n } = this;
    const p = this.#p;
    const column = this.#vector;
    const columns = this.#columns;
    const gain = cell * n;
    for (let j = 0; j <= d; j++) column[j] = p[d * n + j];
    for (let i = d + 1; i < n; i++) column[i] = p[i * n + d];
    const spread = Math.max(column[d] + this.#observationNoise[d], varianceMin);
    this.#spread[cell] = spread;
    for (let i = 0; i < n; i++) {
      const k = column[i] / spread;
      columns[gain + i] = k;
      const row = i * n;
      for (let j = 0; j <= i; j++) p[row + j] -= k * column[j];
    }
  }

  /** The state given one observed cell. */
  #observe(cell: number, d: number, value: number): void {
    const { n } = this;
    const columns = this.#columns;
    const state = this.#state;
    const gain = cell * n;
    const spread = this.#spread[cell];
    const innovation = value - state[d];
    this.#innovation[cell] = innovation;
    this.logLikelihood -= 0.5 * (Math.log(2 * Math.PI * spread) + innovation ** 2 / spread);
    for (let i = 0; i < n; i++) state[i] += columns[gain + i] * innovation;
  }

  #backward(y: Float64Array, known: Uint8Array, length: number, visitor: TransitionVisitor | undefined): void {
    const { n, channels } = this;
    const information = this.#p;
    const r = this.#state;
    const moments: TransitionMoments = {
      r,
      information,
      rCarried: this.#stateNext,
      informationCarried: this.#next,
      product: this.#product,
      same: false,
      filteredMean: this.filteredMean,
      filtered: this.#filtered,
    };
    information.fill(0);
    r.fill(0);
    this.#next.fill(0);
    let steady = false;
    for (let t = length - 1; t >= 0; t--) {
      const again = t < length - 1 && this.#settledRow[t + 1] === 1;
      if (t < length - 1) {
        multiplyVector(this.transposed, r, 0, n, this.#stateNext);
        moments.same = again && steady;
        if (!moments.same) {
          this.#predicted.set(this.#next);
          congruence(this.transposed, information, channels, n, this.#product, this.#next);
        }
        visitor?.(t, moments);
        r.set(this.#stateNext);
        steady = again && (steady || (t < length - 2 && close(this.#next, this.#predicted, n)));
        if (!steady) information.set(this.#next);
      }
      for (let d = 0; d < channels; d++) if (known[t * channels + d] === 0) this.#fill(t, d, steady);
      for (let d = channels - 1; d >= 0; d--)
        if (known[t * channels + d] === 1) this.#leaveOut(t, d, y[t * channels + d], steady);
    }
  }

  /** Mean and variance of a cell that was not observed. */
  #fill(t: number, d: number, steady: boolean): void {
    const { n, channels } = this;
    const { mean, variance, spread, leaveOneOut } = this.out;
    const cell = t * channels + d;
    const at = cell * n;
    const columns = this.#columns;
    let value = this.filteredMean[t * n + d];
    for (let i = 0; i < n; i++) value += columns[at + i] * this.#state[i];
    mean[cell] = value;
    leaveOneOut[cell] = 0;
    if (steady) variance[cell] = variance[cell + channels];
    else {
      const told = this.#vector;
      multiplyVector(this.#p, columns, at, n, told);
      let left = columns[at + d];
      for (let i = 0; i < n; i++) left -= columns[at + i] * told[i];
      variance[cell] = Math.max(left, varianceMin);
    }
    spread[cell] = variance[cell] + this.#observationNoise[d];
  }

  /** An observed cell: de Jong's smoothing error u and its variance give what the cell looks like without itself. */
  #leaveOut(t: number, d: number, value: number, steady: boolean): void {
    const { channels, n } = this;
    const { mean, variance, spread, leaveOneOut } = this.out;
    const cell = t * channels + d;
    const at = cell * n;
    const columns = this.#columns;
    const r = this.#state;
    let error = this.#innovation[cell] / this.#spread[cell];
    for (let i = 0; i < n; i++) error -= columns[at + i] * r[i];
    const precision = steady ? 1 / spread[cell + channels] : this.#inform(cell, d);
    const noise = this.#observationNoise[d];
    mean[cell] = value - noise * error;
    variance[cell] = Math.max(noise - noise * noise * precision, 0);
    spread[cell] = 1 / precision;
    leaveOneOut[cell] = error / Math.sqrt(precision);
    r[d] += error;
  }

  /** Adds an observed cell to the information N; returns the precision of the cell given all others. */
  #inform(cell: number, d: number): number {
    const { n } = this;
    const information = this.#p;
    const told = this.#vector;
    const columns = this.#columns;
    const gain = cell * n;
    multiplyVector(information, columns, gain, n, told);
    let precision = 1 / this.#spread[cell];
    for (let i = 0; i < n; i++) precision += columns[gain + i] * told[i];
    for (let i = 0; i < n; i++) {
      information[d * n + i] -= told[i];
      information[i * n + d] -= told[i];
    }
    information[d * n + d] += precision;
    return precision;
  }
}

function sameMask(known: Uint8Array, a: number, b: number, channels: number): boolean {
  for (let d = 0; d < channels; d++) if (known[a * channels + d] !== known[b * channels + d]) return false;
  return true;
}

function close(a: Float64Array, b: Float64Array, n: number): boolean {
  let scale = 0;
  for (let i = 0; i < n; i++) scale = Math.max(scale, a[i * (n + 1)]);
  for (let i = 0; i < n * n; i++) if (Math.abs(a[i] - b[i]) > settled * scale) return false;
  return true;
}
