/**
 * Inverse of a symmetric positive definite a [n, n] by its Cholesky factor, of which the lower triangle is read.
 *
 * @param root scratch [n, n]
 * @returns the logarithm of the determinant of a
 */
export function invertPositive(a: Float64Array, n: number, root: Float64Array, out: Float64Array): number {
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let sum = a[row + j];
      for (let l = 0; l < j; l++) sum -= root[row + l] * root[other + l];
      root[row + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / root[other + j];
    }
    logDeterminant += 2 * Math.log(root[row + i]);
  }
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
