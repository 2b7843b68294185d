import { naive } from './naive.ts';

/**
 * Forecast: every cell repeats the value one period before it (the newest whole period of the history, again and again);
 * where that is missing, the channel's last observed value. A history of less than a period knows no season: all of the
 * forecast is the last observed value then.
 *
 * @param history [time, channel], NaN where missing
 * @returns [horizon, channel]
 */
export function seasonalNaive(
  history: Float64Array,
  channels: number,
  periodSteps: number,
  horizon: number,
): Float64Array {
  const rows = history.length / channels;
  const forecast = naive(history, channels, horizon);
  if (rows < periodSteps) return forecast;
  for (let h = 0; h < horizon; h++) {
    const row = rows - periodSteps + (h % periodSteps);
    for (let channel = 0; channel < channels; channel++) {
      const value = history[row * channels + channel];
      if (!Number.isNaN(value)) forecast[h * channels + channel] = value;
    }
  }
  return forecast;
}
