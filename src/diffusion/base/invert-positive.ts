import { cholesky } from './cholesky.ts';

/**
 * Inverse of a symmetric positive definite a [n, n] by its Cholesky factor, of which the lower triangle is read.
 *
 * @param root scratch [n, n]
 * @returns the logarithm of the determinant of a
 */
export function invertPositive(a: Float64Array, n: number, root: Float64Array, out: Float64Array): number {
  const logDeterminant = cholesky(a, n, root);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let l = j; l < i; l++) sum -= root[i * n + l] * out[j * n + l];
      out[j * n + i] = sum / root[i * n + i];
    }
  }
  // out holds the transpose of the inverse factor in its upper triangle
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) root[i * n + j] = out[i * n + j];
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let l = j; l < n; l++) sum += root[i * n + l] * root[j * n + l];
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  return logDeterminant;
}
