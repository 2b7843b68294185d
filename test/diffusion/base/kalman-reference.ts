import { inverse, Matrix } from 'ml-matrix';

/** Brute force beside the smoothers: the stacked covariance of all cells, conditioned by a matrix inverse. */
export interface Stacked {
  /** Covariance of the cells x, [time x channel, time x channel]. */
  readonly covariance: Matrix;
  /** Variance of observation noise by cell. */
  readonly noise: readonly number[];
}

/** Stacked covariance of x_t = H s_t with s_t = T s_{t-1} + q. */
export function stackStates(
  transition: Matrix,
  stateNoise: Matrix,
  initial: Matrix,
  read: Matrix,
  length: number,
): Matrix {
  const channels = read.rows;
  const out = new Matrix(length * channels, length * channels);
  let p = initial;
  for (let t = 0; t < length; t++) {
    if (t > 0) p = Matrix.add(transition.mmul(p).mmul(transition.transpose()), stateNoise);
    let cross = p;
    for (let s = t; s < length; s++) {
      const block = read.mmul(cross).mmul(read.transpose());
      for (let i = 0; i < channels; i++)
        for (let j = 0; j < channels; j++) {
          out.set(s * channels + i, t * channels + j, block.get(i, j));
          out.set(t * channels + j, s * channels + i, block.get(i, j));
        }
      cross = transition.mmul(cross);
    }
  }
  return out;
}

/** Mean and variance of cell i given the observed ones. */
export function conditionOn(
  { covariance, noise }: Stacked,
  observed: readonly number[],
  y: Float64Array,
  cell: number,
): { mean: number; variance: number } {
  if (observed.length === 0) return { mean: 0, variance: covariance.get(cell, cell) };
  const rows = [...observed];
  const k = covariance.selection(rows, rows);
  rows.forEach((o, i) => k.set(i, i, k.get(i, i) + noise[o]));
  const weights = covariance.selection([cell], rows).mmul(inverse(k));
  return {
    mean: rows.reduce((sum, o, i) => sum + weights.get(0, i) * y[o], 0),
    variance: covariance.get(cell, cell) - weights.mmul(covariance.selection(rows, [cell])).get(0, 0),
  };
}

export const square = (values: ArrayLike<number>, rows: number, columns: number): Matrix =>
  new Matrix(
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => values[i * columns + j])),
  );
