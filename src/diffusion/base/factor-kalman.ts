import { FactorKalmanChain } from './factor-kalman-chain.ts';
import { FactorKalmanSpread } from './factor-kalman-spread.ts';
import type { Smoothed } from './kalman-parameters.ts';

/**
 * State space of a wide feed: x_t = V f_t + e_t with f_t = F f_{t-1} + q, q ~ N(0, Q), and every channel's own
 * e_t = phi e_{t-1} + noise of stationary variance sigma^2.
 */
export interface FactorParameters<Numbers extends Float32Array | Float64Array> {
  readonly channels: number;
  readonly rank: number;
  /** V, [channel, rank] */
  readonly loadings: Numbers;
  /** F, [rank, rank] */
  readonly transition: Numbers;
  /** Inverse of Q and inverse of the covariance of f_0, [rank, rank] */
  readonly noisePrecision: Numbers;
  readonly initialPrecision: Numbers;
  /** phi and sigma^2, [channel] */
  readonly persistence: Numbers;
  readonly ownVariance: Numbers;
}

const iterationsMax = 40;
const toleranceSquared = 1e-16;
const forgotten = 1e-3;
const precisionShareMin = 1e-6;

/**
 * Smoother of a factor model at D r^2 + r^3 a row. With f integrated last, the precision of f given the observed cells is block
 * tridiagonal but for channels whose neighbouring observations are more than one row apart. Means are exact: conjugate gradients on the whole
 * precision, preconditioned by its tridiagonal part, in which a channel's own process starts afresh after a gap. Variances take the
 * tridiagonal part for the whole (exact where nothing is missing; see the test for the error elsewhere).
 */
export class FactorKalmanSmoother {
  readonly lengthMax: number;
  readonly out: Omit<Smoothed, 'variance'>;
  /** Smoothed factors, [time, rank]. */
  readonly factors: Float64Array;
  readonly #model: FactorParameters<Float64Array>;
  readonly #chain: FactorKalmanChain;
  /** F' Q^-1 F and -Q^-1 F, [rank, rank]. */
  readonly #carriedPrecision: Float64Array;
  readonly #crossPrecision: Float64Array;
  /** Of every cell: the rows of the channel's neighbouring observations, or -1. */
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  /** phi^gap and the precision of one observation given the one before it, by channel and gap. */
  readonly #decay: Float64Array;
  readonly #precision: Float64Array;
  readonly #own: Float64Array;
  readonly #right: Float64Array;
  readonly #residual: Float64Array;
  readonly #direction: Float64Array;
  readonly #applied: Float64Array;
  readonly #preconditioned: Float64Array;
  readonly #spread: FactorKalmanSpread;
  /** Rows beyond which a channel's own process has forgotten. */
  readonly #reach: Int32Array;

  constructor(model: FactorParameters<Float32Array | Float64Array>, lengthMax: number) {
    const { channels, rank } = model;
    this.lengthMax = lengthMax;
    this.#model = {
      channels,
      rank,
      loadings: Float64Array.from(model.loadings),
      transition: Float64Array.from(model.transition),
      noisePrecision: Float64Array.from(model.noisePrecision),
      initialPrecision: Float64Array.from(model.initialPrecision),
      persistence: Float64Array.from(model.persistence),
      ownVariance: Float64Array.from(model.ownVariance),
    };
    this.#chain = new FactorKalmanChain(rank, lengthMax);
    this.#crossPrecision = product(this.#model.noisePrecision, this.#model.transition, rank, false, -1);
    this.#carriedPrecision = product(this.#model.transition, this.#crossPrecision, rank, true, -1);
    const cells = () => new Float64Array(lengthMax * channels);
    const path = () => new Float64Array(lengthMax * rank);
    this.out = { mean: cells(), spread: cells(), leaveOneOut: cells() };
    this.#before = new Int32Array(lengthMax * channels);
    this.#after = new Int32Array(lengthMax * channels);
    this.#decay = new Float64Array(channels * (lengthMax + 1));
    this.#precision = new Float64Array(channels * (lengthMax + 1));
    for (let d = 0; d < channels; d++)
      for (let gap = 1; gap <= lengthMax; gap++) {
        const decay = this.#model.persistence[d] ** gap;
        this.#decay[d * (lengthMax + 1) + gap] = decay;
        this.#precision[d * (lengthMax + 1) + gap] = 1 / (this.#model.ownVariance[d] * (1 - decay * decay));
      }
    this.#own = cells();
    this.factors = path();
    this.#right = path();
    this.#residual = path();
    this.#direction = path();
    this.#applied = path();
    this.#preconditioned = path();
    this.#spread = new FactorKalmanSpread(this.#chain);
    this.#reach = Int32Array.from(this.#model.persistence, (phi) =>
      Math.abs(phi) < forgotten ? 1 : Math.ceil(Math.log(forgotten) / Math.log(Math.abs(phi))),
    );
  }

  /** @param y [time, channel], of which only cells with known = 1 are read */
  smooth(y: Float64Array, known: Uint8Array, length: number): Omit<Smoothed, 'variance'> {
    this.#findNeighbours(known, length);
    this.#assemble(known, length);
    this.#chain.factorise(length);
    this.#own.fill(0);
    for (let i = 0; i < length * this.#model.channels; i++) if (known[i] === 1) this.#own[i] = y[i];
    this.#right.fill(0);
    this.#addOwnPrecision(known, length, this.#right);
    this.#solve(known, length);
    this.#chain.marginals(length);
    this.#read(y, known, length);
    return this.out;
  }

  #findNeighbours(known: Uint8Array, length: number): void {
    const { channels } = this.#model;
    for (let d = 0; d < channels; d++) {
      let last = -1;
      for (let t = 0; t < length; t++) {
        this.#before[t * channels + d] = last;
        if (known[t * channels + d] === 1) last = t;
      }
      last = -1;
      for (let t = length - 1; t >= 0; t--) {
        this.#after[t * channels + d] = last;
        if (known[t * channels + d] === 1) last = t;
      }
    }
  }

  /** The tridiagonal part of the precision. */
  #assemble(known: Uint8Array, length: number): void {
    const { channels, rank, loadings, ownVariance, noisePrecision, initialPrecision } = this.#model;
    const { diagonal, lower } = this.#chain;
    const block = rank * rank;
    for (let t = 0; t < length; t++) {
      const at = t * block;
      const start = t === 0 ? initialPrecision : noisePrecision;
      for (let i = 0; i < block; i++) {
        diagonal[at + i] = start[i] + (t + 1 < length ? this.#carriedPrecision[i] : 0);
        lower[at + i] = this.#crossPrecision[i];
      }
      for (let d = 0; d < channels; d++) {
        if (known[t * channels + d] === 0) continue;
        const link = d * (this.lengthMax + 1) + 1;
        const decay = this.#decay[link];
        const precision = this.#precision[link];
        const linked = this.#before[t * channels + d] === t - 1 && t > 0;
        const goesOn = this.#after[t * channels + d] === t + 1;
        const weight = (linked ? precision : 1 / ownVariance[d]) + (goesOn ? decay * decay * precision : 0);
        const cross = goesOn ? -decay * precision : 0;
        for (let i = 0; i < rank; i++) {
          const a = weight * loadings[d * rank + i];
          const b = cross * loadings[d * rank + i];
          for (let j = 0; j <= i; j++) diagonal[at + i * rank + j] += a * loadings[d * rank + j];
          if (cross !== 0) for (let j = 0; j < rank; j++) lower[at + i * rank + j] += b * loadings[d * rank + j];
        }
      }
      for (let i = 0; i < rank; i++)
        for (let j = 0; j < i; j++) diagonal[at + j * rank + i] = diagonal[at + i * rank + j];
    }
  }

  /** out += V' C^-1 own, C the covariance of the channels' own processes over the observed cells: tridiagonal precision a channel. */
  #addOwnPrecision(known: Uint8Array, length: number, out: Float64Array): void {
    const { channels, rank, loadings } = this.#model;
    for (let t = 0; t < length; t++)
      for (let d = 0; d < channels; d++) {
        if (known[t * channels + d] === 0) continue;
        const weighted = this.#weighted(t, d);
        for (let i = 0; i < rank; i++) out[t * rank + i] += weighted * loadings[d * rank + i];
      }
  }

  /** (C^-1 own) of an observed cell; of another, what it would be with the cell put in at own = 0. */
  #weighted(t: number, d: number): number {
    const { channels } = this.#model;
    const cell = t * channels + d;
    const before = this.#before[cell];
    const after = this.#after[cell];
    let sum = this.#centre(t, d) * this.#own[cell];
    const links = d * (this.lengthMax + 1);
    if (before >= 0)
      sum -= this.#decay[links + t - before] * this.#precision[links + t - before] * this.#own[before * channels + d];
    if (after >= 0)
      sum -= this.#decay[links + after - t] * this.#precision[links + after - t] * this.#own[after * channels + d];
    return sum;
  }

  /** Diagonal of C^-1. */
  #centre(t: number, d: number): number {
    const { channels, ownVariance } = this.#model;
    const before = this.#before[t * channels + d];
    const after = this.#after[t * channels + d];
    const links = d * (this.lengthMax + 1);
    const past = before >= 0 ? this.#precision[links + t - before] : 1 / ownVariance[d];
    return past + (after >= 0 ? this.#decay[links + after - t] ** 2 * this.#precision[links + after - t] : 0);
  }

  /** Conjugate gradients for the smoothed factors. */
  #solve(known: Uint8Array, length: number): void {
    const size = length * this.#model.rank;
    const x = this.factors;
    const residual = this.#residual;
    const direction = this.#direction;
    this.#chain.solve(this.#right, length, x);
    this.#apply(x, known, length);
    for (let i = 0; i < size; i++) residual[i] = this.#right[i] - this.#applied[i];
    this.#chain.solve(residual, length, this.#preconditioned);
    direction.set(this.#preconditioned);
    let rho = dot(residual, this.#preconditioned, size);
    const enough = toleranceSquared * Math.max(dot(this.#right, x, size), 1e-12);
    for (let k = 0; k < iterationsMax && rho > enough; k++) {
      this.#apply(direction, known, length);
      const step = rho / dot(direction, this.#applied, size);
      for (let i = 0; i < size; i++) {
        x[i] += step * direction[i];
        residual[i] -= step * this.#applied[i];
      }
      this.#chain.solve(residual, length, this.#preconditioned);
      const next = dot(residual, this.#preconditioned, size);
      for (let i = 0; i < size; i++) direction[i] = this.#preconditioned[i] + (next / rho) * direction[i];
      rho = next;
    }
  }

  /** applied = precision x: the prior of the factors and V' C^-1 V. */
  #apply(x: Float64Array, known: Uint8Array, length: number): void {
    const { channels, rank, loadings, noisePrecision, initialPrecision } = this.#model;
    const out = this.#applied;
    for (let t = 0; t < length; t++) {
      const start = t === 0 ? initialPrecision : noisePrecision;
      for (let i = 0; i < rank; i++) {
        let sum = 0;
        for (let l = 0; l < rank; l++) {
          sum += start[i * rank + l] * x[t * rank + l];
          if (t > 0) sum += this.#crossPrecision[i * rank + l] * x[(t - 1) * rank + l];
          if (t + 1 < length)
            sum +=
              this.#carriedPrecision[i * rank + l] * x[t * rank + l] +
              this.#crossPrecision[l * rank + i] * x[(t + 1) * rank + l];
        }
        out[t * rank + i] = sum;
      }
      for (let d = 0; d < channels; d++) {
        let sum = 0;
        if (known[t * channels + d] === 1)
          for (let i = 0; i < rank; i++) sum += loadings[d * rank + i] * x[t * rank + i];
        this.#own[t * channels + d] = sum;
      }
    }
    this.#addOwnPrecision(known, length, out);
  }

  #read(y: Float64Array, known: Uint8Array, length: number): void {
    const { channels, rank, loadings } = this.#model;
    const { mean } = this.out;
    for (let t = 0; t < length; t++)
      for (let d = 0; d < channels; d++) {
        const cell = t * channels + d;
        let common = 0;
        for (let i = 0; i < rank; i++) common += loadings[d * rank + i] * this.factors[t * rank + i];
        mean[cell] = common;
        this.#own[cell] = known[cell] === 1 ? y[cell] - common : 0;
      }
    for (let d = 0; d < channels; d++) this.#readSpread(d, known, length);
  }

  /** Of every cell: u = (C^-1 own) and its variance c - a' Cov a give what the cell looks like without itself. */
  #readSpread(d: number, known: Uint8Array, length: number): void {
    const { channels } = this.#model;
    const { mean, spread, leaveOneOut } = this.out;
    const cov = this.#spread;
    cov.read(this.#model.loadings, d, this.#before, this.#after, known, length, channels, this.#reach[d]);
    const links = d * (this.lengthMax + 1);
    for (let t = 0; t < length; t++) {
      const cell = t * channels + d;
      const before = this.#before[cell];
      const after = this.#after[cell];
      const centre = this.#centre(t, d);
      const a = before >= 0 ? -this.#decay[links + t - before] * this.#precision[links + t - before] : 0;
      const b = after >= 0 ? -this.#decay[links + after - t] * this.#precision[links + after - t] : 0;
      const told =
        centre * centre * cov.variance[t] +
        (before >= 0 ? a * (a * cov.variance[before] + 2 * centre * cov.withBefore[t]) : 0) +
        (after >= 0 ? b * (b * cov.variance[after] + 2 * centre * cov.withAfter[t]) : 0) +
        2 * a * b * cov.across[t];
      const error = this.#weighted(t, d);
      if (known[cell] === 1) {
        const precision = Math.max(centre - told, precisionShareMin * centre);
        spread[cell] = 1 / precision;
        leaveOneOut[cell] = error / Math.sqrt(precision);
      } else {
        mean[cell] -= error / centre;
        spread[cell] = 1 / centre + told / (centre * centre);
        leaveOneOut[cell] = 0;
      }
    }
  }
}

/** sign a b, or sign a' b, of square matrices. */
function product(a: Float64Array, b: Float64Array, r: number, transposed: boolean, sign: number): Float64Array {
  const out = new Float64Array(r * r);
  for (let i = 0; i < r; i++)
    for (let l = 0; l < r; l++) {
      const value = sign * (transposed ? a[l * r + i] : a[i * r + l]);
      for (let j = 0; j < r; j++) out[i * r + j] += value * b[l * r + j];
    }
  return out;
}

function dot(a: Float64Array, b: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += a[i] * b[i];
  return sum;
}
