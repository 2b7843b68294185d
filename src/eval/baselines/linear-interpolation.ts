/**
 * Missing cells on the straight line between their channel's neighbours in time; before the first and after the last
 * observation the nearest one is held. A channel without any observation stays NaN. Returns a new array.
 *
 * @param values [time, channel], NaN where missing
 */
export function linearInterpolation(values: Float64Array, channels: number): Float64Array {
  const filled = values.slice();
  const rows = values.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    let previous = -1;
    for (let row = 0; row <= rows; row++) {
      if (row < rows && Number.isNaN(values[row * channels + channel])) continue;
      fillBetween(filled, channels, channel, previous, row, rows);
      previous = row;
    }
  }
  return filled;
}

/** Fills the rows strictly between two observed rows; -1 and `rows` stand for "none on that side". */
function fillBetween(
  filled: Float64Array,
  channels: number,
  channel: number,
  left: number,
  right: number,
  rows: number,
): void {
  if (left < 0 && right === rows) return;
  const before = filled[(left < 0 ? right : left) * channels + channel];
  const after = filled[(right === rows ? left : right) * channels + channel];
  for (let row = left + 1; row < right; row++) {
    filled[row * channels + channel] = before + ((row - left) / (right - left)) * (after - before);
  }
}
