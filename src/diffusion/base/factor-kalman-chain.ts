import { invertPositive } from './invert-positive.ts';

/**
 * A Gaussian chain f_0 .. f_{length-1} of vectors in R^r given by its precision, block tridiagonal: factorised once, it gives
 * conditional means, covariances and the gains G_t of f_t = G_t f_{t+1} + noise. Owns its buffers.
 */
export class FactorKalmanChain {
  readonly r: number;
  readonly lengthMax: number;
  /** Precision blocks (t, t), [time, r, r], symmetric. */
  readonly diagonal: Float64Array;
  /** Precision blocks (t + 1, t), [time, r, r]. */
  readonly lower: Float64Array;
  /** G_t, [time, r, r]. */
  readonly gains: Float64Array;
  /** Covariance of f_t, [time, r, r], after `marginals`. */
  readonly covariance: Float64Array;
  /** Covariance of f_t given f_{t+1}, [time, r, r]. */
  readonly #conditional: Float64Array;
  readonly #pivot: Float64Array;
  readonly #root: Float64Array;
  readonly #carried: Float64Array;

  constructor(r: number, lengthMax: number) {
    this.r = r;
    this.lengthMax = lengthMax;
    const blocks = () => new Float64Array(lengthMax * r * r);
    this.diagonal = blocks();
    this.lower = blocks();
    this.gains = blocks();
    this.covariance = blocks();
    this.#conditional = blocks();
    this.#pivot = new Float64Array(r * r);
    this.#root = new Float64Array(r * r);
    this.#carried = new Float64Array(lengthMax * r);
  }

  /** Block elimination from the first row on. */
  factorise(length: number): void {
    const { r, diagonal, lower, gains } = this;
    const block = r * r;
    const pivot = this.#pivot;
    pivot.set(diagonal.subarray(0, block));
    for (let t = 0; t < length; t++) {
      const conditional = this.#conditional.subarray(t * block, (t + 1) * block);
      invertPositive(pivot, r, this.#root, conditional);
      if (t + 1 === length) return;
      const below = t * block;
      for (let i = 0; i < r; i++)
        for (let j = 0; j < r; j++) {
          let sum = 0;
          for (let l = 0; l < r; l++) sum -= conditional[i * r + l] * lower[below + j * r + l];
          gains[below + i * r + j] = sum;
        }
      for (let i = 0; i < r; i++)
        for (let j = 0; j <= i; j++) {
          let sum = diagonal[below + block + i * r + j];
          for (let l = 0; l < r; l++) sum += lower[below + i * r + l] * gains[below + l * r + j];
          pivot[i * r + j] = sum;
          pivot[j * r + i] = sum;
        }
    }
  }

  /** Means from b = precision x mean, [time, r]. */
  solve(b: Float64Array, length: number, out: Float64Array): void {
    const { r, gains } = this;
    const carried = this.#carried;
    for (let t = 0; t < length; t++)
      for (let i = 0; i < r; i++) {
        let sum = b[t * r + i];
        if (t > 0) for (let l = 0; l < r; l++) sum += gains[((t - 1) * r + l) * r + i] * carried[(t - 1) * r + l];
        carried[t * r + i] = sum;
      }
    for (let t = length - 1; t >= 0; t--)
      for (let i = 0; i < r; i++) {
        let sum = 0;
        for (let l = 0; l < r; l++) sum += this.#conditional[(t * r + i) * r + l] * carried[t * r + l];
        if (t + 1 < length) for (let l = 0; l < r; l++) sum += gains[(t * r + i) * r + l] * out[(t + 1) * r + l];
        out[t * r + i] = sum;
      }
  }

  /** Fills `covariance`. */
  marginals(length: number): void {
    const { r, gains, covariance } = this;
    const block = r * r;
    const product = this.#pivot;
    for (let t = length - 1; t >= 0; t--) {
      const at = t * block;
      covariance.set(this.#conditional.subarray(at, at + block), at);
      if (t + 1 === length) continue;
      for (let i = 0; i < r; i++)
        for (let j = 0; j < r; j++) {
          let sum = 0;
          for (let l = 0; l < r; l++) sum += gains[at + i * r + l] * covariance[at + block + j * r + l];
          product[i * r + j] = sum;
        }
      for (let i = 0; i < r; i++)
        for (let j = 0; j <= i; j++) {
          let sum = covariance[at + i * r + j];
          for (let l = 0; l < r; l++) sum += product[i * r + l] * gains[at + j * r + l];
          covariance[at + i * r + j] = sum;
          covariance[at + j * r + i] = sum;
        }
    }
  }
}
