import { lastObserved } from './last-observed.ts';

/**
 * Missing cells take the value one period before them; where that is missing too, or nothing is known of the time before,
 * their channel's last observed value. Returns a new array.
 *
 * @param values [time, channel], NaN where missing
 */
export function lastSeason(values: Float64Array, channels: number, periodSteps: number): Float64Array {
  const filled = lastObserved(values, channels);
  for (let i = periodSteps * channels; i < values.length; i++) {
    const before = values[i - periodSteps * channels];
    if (Number.isNaN(values[i]) && !Number.isNaN(before)) filled[i] = before;
  }
  return filled;
}
