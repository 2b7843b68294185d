import type { Block, DenseMemory } from './dense-memory.ts';
import type { Smoothed, TransitionMoments } from './kalman-parameters.ts';

/** Sums over rows that expectation and maximisation reads: of states, and of the state noise q = x_t - M s_{t-1} in units of Q^-1. */
export class KalmanMoments {
  readonly #channels: number;
  readonly #n: number;
  readonly #memory: DenseMemory;
  /** Sum of E[s s'], [n, n], of the states before a transition. */
  readonly states: Float64Array;
  /** Sum of Q^-1 E[q s'], [channel, n]. */
  readonly noiseState: Float64Array;
  /** Sum of Q^-1 (E[q q'] - Q) Q^-1, [channel, channel]. */
  readonly noise: Float64Array;
  /** Sum over observed cells of E[(y - x)^2], and their number, by channel. */
  readonly noiseSquares: Float64Array;
  readonly observed: Float64Array;
  transitions = 0;
  cells = 0;
  logLikelihood = 0;
  readonly #mean: Float64Array;
  readonly #told: Float64Array;
  readonly #explained: Float64Array;
  readonly #turned: Float64Array;

  /** Numbers that it takes of the smoother's memory. */
  static numbers(channels: number, n: number): number {
    return (2 * n + channels) * n;
  }

  /** @param memory of the smoother that is to be visited */
  constructor(channels: number, n: number, memory: DenseMemory) {
    this.#channels = channels;
    this.#n = n;
    this.#memory = memory;
    this.states = new Float64Array(n * n);
    this.noiseState = new Float64Array(channels * n);
    this.noise = new Float64Array(channels * channels);
    this.noiseSquares = new Float64Array(channels);
    this.observed = new Float64Array(channels);
    this.#mean = new Float64Array(n);
    this.#told = memory.array(n * n);
    this.#explained = memory.array(n * n);
    this.#turned = memory.array(channels * n);
  }

  readonly transition = (row: number, moments: TransitionMoments): void => {
    const n = this.#n;
    const channels = this.#channels;
    const { r, information, rCarried, filteredMean, filtered } = moments;
    const mean = this.#mean;
    const p = { data: filtered, offset: row * n * n, stride: n };
    for (let i = 0; i < n; i++) {
      let sum = filteredMean[row * n + i];
      for (let j = 0; j < n; j++) sum += filtered[p.offset + i * n + j] * rCarried[j];
      mean[i] = sum;
    }
    if (!moments.same) this.#covariances(moments, p);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const value = filtered[p.offset + i * n + j] - this.#explained[i * n + j] + mean[i] * mean[j];
        this.states[i * n + j] += value;
        if (i !== j) this.states[j * n + i] += value;
      }
    const told = this.#told;
    for (let d = 0; d < channels; d++) {
      for (let i = 0; i < n; i++) this.noiseState[d * n + i] += r[d] * mean[i] - told[d * n + i];
      for (let j = 0; j < channels; j++) this.noise[d * channels + j] += r[d] * r[j] - information[d * n + j];
    }
    this.transitions++;
  };

  /** What of the sums does not depend on the values: P N P with N the carried information, and N T P. */
  #covariances({ informationCarried, product }: TransitionMoments, p: Block): void {
    const n = this.#n;
    const channels = this.#channels;
    const whole = (data: Float64Array) => ({ data, offset: 0, stride: n });
    this.#memory.multiplyTransposed(p, whole(informationCarried), whole(this.#told), n, n, n, false);
    this.#memory.multiplyTransposed(whole(this.#told), p, whole(this.#explained), n, n, n, true);
    // E[q s'] = Q (r s' - N T P): the rows of x of N T are the first columns of T' N
    for (let i = 0; i < n; i++) for (let d = 0; d < channels; d++) this.#turned[d * n + i] = product[i * n + d];
    this.#memory.multiplyTransposed(whole(this.#turned), p, whole(this.#told), channels, n, n, false);
  }

  observe(y: Float64Array, known: Uint8Array, rows: number, smoothed: Smoothed, logLikelihood: number): void {
    const channels = this.#channels;
    for (let t = 0; t < rows; t++)
      for (let d = 0; d < channels; d++) {
        const cell = t * channels + d;
        if (known[cell] === 0) continue;
        this.noiseSquares[d] += (y[cell] - smoothed.mean[cell]) ** 2 + smoothed.variance[cell];
        this.observed[d]++;
        this.cells++;
      }
    this.logLikelihood += logLikelihood;
  }
}
