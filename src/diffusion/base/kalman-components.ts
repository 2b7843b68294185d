import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Leading eigenvectors of a symmetric matrix given by its lower triangle, [channel, rank], signs fixed. */
export function principalComponents(lower: Float64Array, channels: number, rank: number): Float64Array {
  const matrix = new Matrix(channels, channels);
  for (let i = 0; i < channels; i++)
    for (let j = 0; j <= i; j++) {
      matrix.set(i, j, lower[i * channels + j]);
      matrix.set(j, i, lower[i * channels + j]);
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const out = new Float64Array(channels * rank);
  for (let c = 0; c < rank; c++) {
    let largest = 0;
    for (let d = 0; d < channels; d++) {
      const value = eigenvectorMatrix.get(d, order[c]);
      if (Math.abs(value) > Math.abs(largest) + 1e-9) largest = value;
    }
    for (let d = 0; d < channels; d++) out[d * rank + c] = Math.sign(largest || 1) * eigenvectorMatrix.get(d, order[c]);
  }
  return out;
}
