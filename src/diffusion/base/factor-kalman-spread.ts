import type { FactorKalmanChain } from './factor-kalman-chain.ts';

/** Covariances of v' f between a cell and the channel's neighbouring observations, for one channel with loadings v; by row. */
export class FactorKalmanSpread {
  /** Variance of v' f_t. */
  readonly variance: Float64Array;
  /** Covariance with the observation before, with the one after, and of these two with one another. */
  readonly withBefore: Float64Array;
  readonly withAfter: Float64Array;
  readonly across: Float64Array;
  readonly #chain: FactorKalmanChain;
  readonly #vector: Float64Array;
  readonly #next: Float64Array;

  constructor(chain: FactorKalmanChain) {
    this.#chain = chain;
    this.variance = new Float64Array(chain.lengthMax);
    this.withBefore = new Float64Array(chain.lengthMax);
    this.withAfter = new Float64Array(chain.lengthMax);
    this.across = new Float64Array(chain.lengthMax);
    this.#vector = new Float64Array(chain.r);
    this.#next = new Float64Array(chain.r);
  }

  /**
   * From every row a walk back by the gains of the chain, Cov(f_t, f_u) = G_t Cov(f_{t+1}, f_u), to the observation before, and from
   * an observation to the one before that. Rows further than `reach` apart count as uncorrelated.
   *
   * @param before, after rows of the neighbouring observations at [row * stride + channel], -1 where there is none
   */
  read(
    loadings: Float64Array,
    channel: number,
    before: Int32Array,
    after: Int32Array,
    known: Uint8Array,
    length: number,
    stride: number,
    reach: number,
  ): void {
    this.withBefore.fill(0);
    this.withAfter.fill(0);
    this.across.fill(0);
    const { r, covariance } = this.#chain;
    const v = channel * r;
    for (let t = 0; t < length; t++) {
      times(covariance, t * r * r, loadings, v, r, this.#vector);
      this.variance[t] = dot(loadings, v, this.#vector, r);
      const observed = known[t * stride + channel] === 1;
      const first = before[t * stride + channel];
      if (first < 0 && !observed) continue;
      const second = observed && first >= 0 ? before[first * stride + channel] : -1;
      const from = observed && first < 0 ? 0 : second >= 0 ? second : first;
      for (let s = t - 1; s >= Math.max(from, t - reach); s--) {
        times(this.#chain.gains, s * r * r, this.#vector, 0, r, this.#next);
        this.#vector.set(this.#next);
        const value = dot(loadings, v, this.#vector, r);
        if (s === first) this.withBefore[t] = value;
        if (!observed) continue;
        if (after[s * stride + channel] === t) this.withAfter[s] = value;
        if (s === second) this.across[first] = value;
      }
      if (observed && first >= 0) for (let s = first + 1; s < t; s++) this.across[s] = this.withBefore[t];
    }
  }
}

function times(a: Float64Array, offset: number, x: Float64Array, from: number, r: number, out: Float64Array): void {
  for (let i = 0; i < r; i++) {
    let sum = 0;
    for (let l = 0; l < r; l++) sum += a[offset + i * r + l] * x[from + l];
    out[i] = sum;
  }
}

function dot(a: Float64Array, offset: number, x: Float64Array, r: number): number {
  let sum = 0;
  for (let l = 0; l < r; l++) sum += a[offset + l] * x[l];
  return sum;
}
