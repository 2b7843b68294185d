import { type Block, DenseMemory } from './dense-memory.ts';
import { invertPositive } from './invert-positive.ts';
import { congruence } from './kalman-congruence.ts';
import { KalmanMoments } from './kalman-moments.ts';
import type { KalmanParameters, Smoothed, TransitionMoments, TransitionVisitor } from './kalman-parameters.ts';

const varianceMin = 1e-12;
/** Relative change of covariances below which a row with the mask of its neighbour takes over what was computed there. */
const settled = 1e-7;

/**
 * Kalman filter with one update a row (Durbin & Koopman 2012, 4.3) and the backward recursions of de Jong (1989): exact smoothed means,
 * variances and leave-one-out residuals with nothing inverted but the covariance of a row's innovations. Covariances depend on the mask
 * alone: where it stays the same they settle, and a row costs O(D n). Owns its buffers: one window at a time.
 */
export class KalmanSmoother {
  readonly channels: number;
  readonly n: number;
  readonly lengthMax: number;
  readonly out: Smoothed;
  /** Where the matrices live; with `keepCovariances`, with room for `KalmanMoments`. */
  readonly memory: DenseMemory;
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
  /** Innovations of observed cells in units of their inverse covariance, [time, channel]. */
  readonly #errors: Float64Array;
  /** Inverse covariance of a row's innovations, [time, seen, seen]. */
  readonly #precisions: Float64Array;
  /** Channels that a row observes. */
  readonly #seen: Int32Array;
  #seenCount = 0;
  /** Filtered means of x and, where the fit asks, covariances of all rows. */
  readonly filteredMean: Float64Array;
  readonly #filtered: Float64Array;
  readonly #p: Float64Array;
  readonly #product: Float64Array;
  readonly #next: Float64Array;
  readonly #predicted: Float64Array;
  /** [n, channel]: columns of the covariance, and gains. */
  readonly #across: Float64Array;
  readonly #gains: Float64Array;
  /** [channel, channel] */
  readonly #innovations: Float64Array;
  readonly #root: Float64Array;
  /** [channel, n]: what the rows after this one tell of its cells. */
  readonly #told: Float64Array;
  /** Whether a row took over the gains of the row before it. */
  readonly #settledRow: Uint8Array;
  readonly #logDeterminant: Float64Array;
  readonly #state: Float64Array;
  readonly #stateNext: Float64Array;
  readonly #update: Float64Array;

  constructor(model: KalmanParameters<Float32Array | Float64Array>, lengthMax: number, keepCovariances = false) {
    const { channels, rank } = model;
    const n = channels + rank;
    this.channels = channels;
    this.n = n;
    this.lengthMax = lengthMax;
    this.#stateNoise = Float64Array.from(model.stateNoise);
    this.#observationNoise = Float64Array.from(model.observationNoise);
    this.#initialCovariance = Float64Array.from(model.initialCovariance);
    const kept = keepCovariances ? lengthMax * n * n + KalmanMoments.numbers(channels, n) : 0;
    const memory = new DenseMemory(6 * n * n + 3 * n * channels + 2 * n + lengthMax * channels * (n + channels) + kept);
    this.memory = memory;
    this.transition = memory.array(n * n);
    this.transition.set(model.transition);
    for (let d = 0; d < channels; d++)
      for (let c = 0; c < rank; c++) this.transition[(channels + c) * n + d] = model.components[d * rank + c];
    this.transposed = memory.array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) this.transposed[j * n + i] = this.transition[i * n + j];
    const cells = () => new Float64Array(lengthMax * channels);
    this.out = { mean: cells(), variance: cells(), spread: cells(), leaveOneOut: cells() };
    this.#errors = cells();
    this.#columns = memory.array(lengthMax * channels * n);
    this.#precisions = memory.array(lengthMax * channels * channels);
    this.#seen = new Int32Array(channels);
    this.filteredMean = new Float64Array(lengthMax * n);
    this.#filtered = memory.array(keepCovariances ? lengthMax * n * n : 0);
    this.#p = memory.array(n * n);
    this.#product = memory.array(n * n);
    this.#next = memory.array(n * n);
    this.#predicted = memory.array(n * n);
    this.#across = memory.array(n * channels);
    this.#gains = memory.array(n * channels);
    this.#told = memory.array(channels * n);
    this.#innovations = new Float64Array(channels * channels);
    this.#root = new Float64Array(channels * channels);
    this.#settledRow = new Uint8Array(lengthMax);
    this.#logDeterminant = new Float64Array(lengthMax);
    this.#state = memory.array(n);
    this.#stateNext = memory.array(n);
    this.#update = new Float64Array(channels);
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
      this.#look(t, known);
      if (steady) {
        this.#columns.copyWithin(t * channels * n, (t - 1) * channels * n, t * channels * n);
        this.#precisions.copyWithin(t * channels ** 2, (t - 1) * channels ** 2, t * channels ** 2);
        this.#logDeterminant[t] = this.#logDeterminant[t - 1];
      } else {
        this.#predicted.set(p);
        this.#condition(t, known);
      }
      this.#observe(t, y);
      this.filteredMean.set(this.#state, t * n);
      if (this.#filtered.length > 0) this.#filtered.set(p, t * n * n);
    }
  }

  /** Notes which channels a row observes. */
  #look(t: number, known: Uint8Array): void {
    this.#seenCount = 0;
    for (let d = 0; d < this.channels; d++) if (known[t * this.channels + d] === 1) this.#seen[this.#seenCount++] = d;
  }

  /**
   * @param again whether the row has the mask of the row before it; @param steady whether that row had settled
   * @returns whether this one has: then the covariance is left at the filtered one of the row before
   */
  #predict(again: boolean, steady: boolean): boolean {
    const { n, channels, transition } = this;
    this.#carry(transition);
    this.#state.set(this.#stateNext);
    if (steady) return true;
    const next = this.#next;
    congruence(this.memory, transition, this.#p, channels, n, this.#product, next);
    for (let i = 0; i < channels; i++)
      for (let j = 0; j < channels; j++) next[i * n + j] += this.#stateNoise[i * channels + j];
    if (again && close(next, this.#predicted, n)) return true;
    this.#p.set(next);
    return false;
  }

  /** stateNext = matrix state, of [n, n] and [n]. */
  #carry(matrix: Float64Array): void {
    const { n } = this;
    const at = (data: Float64Array): Block => ({ data, offset: 0, stride: n });
    this.memory.multiplyTransposed(at(this.#state), at(matrix), at(this.#stateNext), 1, n, n, false);
  }

  /** Gains of a row's observed cells, the covariance given them, and its columns of the other cells. */
  #condition(t: number, known: Uint8Array): void {
    const { n, channels } = this;
    const p = this.#p;
    const seen = this.#seen;
    const count = this.#seenCount;
    const across = this.#across;
    const gains = this.#gains;
    const columns = this.#columns;
    const from = t * channels;
    if (count > 0) {
      for (let i = 0; i < n; i++) for (let a = 0; a < count; a++) across[i * channels + a] = p[i * n + seen[a]];
      const at = (data: Float64Array, offset: number, stride: number): Block => ({ data, offset, stride });
      const precision = at(this.#precisions, from * channels, count);
      this.#logDeterminant[t] = this.#invertInnovations(precision.offset);
      const tall = at(across, 0, channels);
      this.memory.multiplyTransposed(tall, precision, at(gains, 0, channels), n, count, count, false);
      const explained = at(this.#product, 0, n);
      this.memory.multiplyTransposed(at(gains, 0, channels), tall, explained, n, n, count, true);
      for (let i = 0; i < n; i++)
        for (let j = 0; j <= i; j++) {
          const value = p[i * n + j] - this.#product[i * n + j];
          p[i * n + j] = value;
          p[j * n + i] = value;
        }
      for (let a = 0; a < count; a++) {
        const column = (from + seen[a]) * n;
        for (let i = 0; i < n; i++) columns[column + i] = gains[i * channels + a];
      }
    } else this.#logDeterminant[t] = 0;
    for (let d = 0; d < channels; d++)
      if (known[from + d] === 0) for (let i = 0; i < n; i++) columns[(from + d) * n + i] = p[d * n + i];
  }

  /** Writes the inverse covariance of a row's innovations; returns the logarithm of the determinant of the covariance. */
  #invertInnovations(offset: number): number {
    const { channels } = this;
    const seen = this.#seen;
    const count = this.#seenCount;
    const innovations = this.#innovations;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) innovations[a * count + b] = this.#across[seen[a] * channels + b];
      const diagonal = a * (count + 1);
      innovations[diagonal] = Math.max(innovations[diagonal] + this.#observationNoise[seen[a]], varianceMin);
    }
    const out = this.#precisions.subarray(offset, offset + count * count);
    return invertPositive(innovations, count, this.#root, out);
  }

  /** The state given a row's observed cells. */
  #observe(t: number, y: Float64Array): void {
    const { n, channels } = this;
    const seen = this.#seen;
    const count = this.#seenCount;
    const state = this.#state;
    const innovation = this.#update;
    const from = t * channels;
    for (let a = 0; a < count; a++) innovation[a] = y[from + seen[a]] - state[seen[a]];
    this.logLikelihood -= 0.5 * (count * Math.log(2 * Math.PI) + this.#logDeterminant[t]);
    for (let a = 0; a < count; a++) {
      let error = 0;
      for (let b = 0; b < count; b++) error += this.#precisions[from * channels + a * count + b] * innovation[b];
      this.#errors[from + seen[a]] = error;
      this.logLikelihood -= 0.5 * innovation[a] * error;
      const column = (from + seen[a]) * n;
      for (let i = 0; i < n; i++) state[i] += this.#columns[column + i] * innovation[a];
    }
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
        this.#carry(this.transposed);
        moments.same = again && steady;
        if (!moments.same) {
          this.#predicted.set(this.#next);
          congruence(this.memory, this.transposed, information, channels, n, this.#product, this.#next);
        }
        visitor?.(t, moments);
        r.set(this.#stateNext);
        steady = again && (steady || (t < length - 2 && close(this.#next, this.#predicted, n)));
        if (!steady) information.set(this.#next);
      }
      this.#look(t, known);
      this.#read(t, y, known, steady);
      for (let a = 0; a < this.#seenCount; a++) r[this.#seen[a]] += this.#update[a];
      if (!steady) this.#inform(t);
    }
  }

  /** A row's cells. Of observed ones, de Jong's smoothing error u and its variance give what the cell looks like without itself. */
  #read(t: number, y: Float64Array, known: Uint8Array, steady: boolean): void {
    const { n, channels } = this;
    const { mean, variance, spread, leaveOneOut } = this.out;
    const columns = this.#columns;
    const rows: Block = { data: columns, offset: t * channels * n, stride: n };
    const told: Block = { data: this.#told, offset: 0, stride: n };
    if (!steady)
      this.memory.multiplyTransposed(rows, { data: this.#p, offset: 0, stride: n }, told, channels, n, n, false);
    let a = 0;
    for (let d = 0; d < channels; d++) {
      const cell = t * channels + d;
      const at = cell * n;
      let toldOfCell = 0;
      if (!steady) for (let i = 0; i < n; i++) toldOfCell += columns[at + i] * this.#told[d * n + i];
      let shift = 0;
      for (let i = 0; i < n; i++) shift += columns[at + i] * this.#state[i];
      const noise = this.#observationNoise[d];
      if (known[cell] === 0) {
        mean[cell] = this.filteredMean[t * n + d] + shift;
        variance[cell] = steady ? variance[cell + channels] : Math.max(columns[at + d] - toldOfCell, varianceMin);
        spread[cell] = variance[cell] + noise;
        leaveOneOut[cell] = 0;
        continue;
      }
      const error = this.#errors[cell] - shift;
      const own = this.#precisions[t * channels ** 2 + a * (this.#seenCount + 1)];
      const precision = steady ? 1 / spread[cell + channels] : own + toldOfCell;
      mean[cell] = y[cell] - noise * error;
      variance[cell] = Math.max(noise - noise * noise * precision, 0);
      spread[cell] = 1 / precision;
      leaveOneOut[cell] = error / Math.sqrt(precision);
      this.#update[a++] = error;
    }
  }

  /** Adds a row's observed cells to the information N; reads what `#read` left in `told`. */
  #inform(t: number): void {
    const { n, channels } = this;
    const information = this.#p;
    const told = this.#told;
    const seen = this.#seen;
    const count = this.#seenCount;
    const at = (data: Float64Array, offset: number): Block => ({ data, offset, stride: n });
    // [channel, channel] in the scratch of products, which nobody reads before it is written again
    const both = this.#product;
    this.memory.multiplyTransposed(
      at(told, 0),
      at(this.#columns, t * channels * n),
      at(both, 0),
      channels,
      channels,
      n,
      true,
    );
    for (let a = 0; a < count; a++) {
      const d = seen[a];
      for (let i = 0; i < n; i++) information[d * n + i] -= told[d * n + i];
      for (let i = 0; i < n; i++) information[i * n + d] -= told[d * n + i];
    }
    for (let a = 0; a < count; a++)
      for (let b = 0; b <= a; b++) {
        const value = both[seen[a] * n + seen[b]] + this.#precisions[t * channels ** 2 + a * count + b];
        information[seen[a] * n + seen[b]] += value;
        if (a !== b) information[seen[b] * n + seen[a]] += value;
      }
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
