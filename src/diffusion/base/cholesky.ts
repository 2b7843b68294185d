/**
 * Lower factor L of a symmetric positive definite a = L L' [n, n], of which the lower triangle is read; what lies above the diagonal
 * of `root` is left as it was. `root` may be `a`.
 *
 * @returns the logarithm of the determinant of a
 */
export function cholesky(a: Float64Array, n: number, root: Float64Array): number {
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let even = a[row + j];
      let odd = 0;
      let l = 0;
      for (; l + 1 < j; l += 2) {
        even -= root[row + l] * root[other + l];
        odd -= root[row + l + 1] * root[other + l + 1];
      }
      if (l < j) even -= root[row + l] * root[other + l];
      const sum = even + odd;
      root[row + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / root[other + j];
    }
    logDeterminant += 2 * Math.log(root[row + i]);
  }
  return logDeterminant;
}

/** b becomes (L L')^-1 b, for a lower factor L [n, n] and b [n, columns]. */
export function choleskySolve(root: Float64Array, n: number, b: Float64Array, columns: number): void {
  for (let i = 0; i < n; i++) {
    const at = i * columns;
    for (let l = 0; l < i; l++) subtract(b, at, root[i * n + l], l * columns, columns);
    for (let k = 0; k < columns; k++) b[at + k] /= root[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    const at = i * columns;
    for (let k = 0; k < columns; k++) b[at + k] /= root[i * n + i];
    for (let l = 0; l < i; l++) subtract(b, l * columns, root[i * n + l], at, columns);
  }
}

function subtract(b: Float64Array, to: number, factor: number, from: number, count: number): void {
  for (let k = 0; k < count; k++) b[to + k] -= factor * b[from + k];
}
