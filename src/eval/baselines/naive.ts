/**
 * Forecast: every channel stays at its last observed value; NaN where it has none.
 *
 * @param history [time, channel], NaN where missing
 * @returns [horizon, channel]
 */
export function naive(history: Float64Array, channels: number, horizon: number): Float64Array {
  const last = new Float64Array(channels).fill(Number.NaN);
  for (let i = 0; i < history.length; i++) if (!Number.isNaN(history[i])) last[i % channels] = history[i];
  return Float64Array.from({ length: horizon * channels }, (_, i) => last[i % channels]);
}
