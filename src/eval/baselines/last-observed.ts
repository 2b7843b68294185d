/**
 * Missing cells take their channel's last observed value; those before the first observation take the first. A channel
 * without any observation stays NaN. Returns a new array.
 *
 * @param values [time, channel], NaN where missing
 */
export function lastObserved(values: Float64Array, channels: number): Float64Array {
  const filled = values.slice();
  for (let i = channels; i < filled.length; i++) if (Number.isNaN(filled[i])) filled[i] = filled[i - channels];
  for (let i = filled.length - channels - 1; i >= 0; i--) if (Number.isNaN(filled[i])) filled[i] = filled[i + channels];
  return filled;
}
