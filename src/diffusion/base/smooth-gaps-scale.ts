/** Prior cells of unit residual: how slowly the scale of a window, an hour of it, and a channel leave 1. */
const windowPrior = 100;
const localPrior = 30;
const channelPrior = 30;
const reachRows = 4;
const forgetRows = 2;
/** Squared residuals beyond this say that a cell is wrong, not that its neighbours are wild. */
const squareMax = 16;

/**
 * Scales the standard deviations of a window by how far its known cells lie from what the others say of them: a linear-Gaussian model
 * knows one noise level, feeds have calm and wild hours and channels. Means of squared leave-one-out residuals around a row and along a
 * channel, shrunk to the window's, and that to 1.
 *
 * @param leaveOneOut [time, channel], standardised; read where known = 1
 * @param std [time, channel], scaled in place
 */
export function scaleByResiduals(
  leaveOneOut: Float32Array,
  known: Uint8Array,
  length: number,
  channels: number,
  std: Float32Array,
): void {
  const rows = new Float64Array(length);
  const rowCells = new Float64Array(length);
  const columns = new Float64Array(channels);
  const columnCells = new Float64Array(channels);
  let sum = windowPrior;
  let cells = windowPrior;
  for (let t = 0; t < length; t++)
    for (let d = 0; d < channels; d++) {
      if (known[t * channels + d] === 0) continue;
      const squared = Math.min(leaveOneOut[t * channels + d] ** 2, squareMax);
      rows[t] += squared;
      rowCells[t]++;
      columns[d] += squared;
      columnCells[d]++;
      sum += squared;
      cells++;
    }
  const overall = sum / cells;
  const ofChannel = columns.map((squares, d) =>
    Math.sqrt((channelPrior * overall + squares) / (channelPrior + columnCells[d]) / overall),
  );
  for (let t = 0; t < length; t++) {
    let squares = localPrior * overall;
    let weight = localPrior;
    for (let s = Math.max(0, t - reachRows); s <= Math.min(length - 1, t + reachRows); s++) {
      const near = Math.exp(-Math.abs(s - t) / forgetRows);
      squares += near * rows[s];
      weight += near * rowCells[s];
    }
    const local = Math.sqrt(squares / weight);
    for (let d = 0; d < channels; d++) std[t * channels + d] *= local * ofChannel[d];
  }
}
