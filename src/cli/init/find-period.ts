const ROWS_MAX = 6000;
const LAG_MAX = 1500;
const CORRELATION_MIN = 0.4;
const CYCLES_MIN = 3;
const NEARLY = 0.8;
/** Above the valley before it: noise makes small peaks on a slow slope. */
const RISE_MIN = 0.15;

/**
 * The dominant cycle of a series in rows: the first of the high peaks of the autocorrelation; null where none reaches
 * 0.4, or fewer than three cycles are there. NaN rows count as the mean.
 *
 * @param series [time]
 */
export function findPeriod(series: Float64Array): number | null {
  const rows = series.subarray(0, ROWS_MAX);
  const present = rows.filter((value) => !Number.isNaN(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(1, present.length);
  const centred = rows.map((value) => (Number.isNaN(value) ? 0 : value - mean));
  const power = centred.reduce((sum, value) => sum + value * value, 0);
  if (!(power > 0)) return null;
  const lags = Math.min(LAG_MAX, Math.floor(rows.length / CYCLES_MIN));
  const correlation = Float64Array.from({ length: lags + 2 }, (_, lag) => {
    let sum = 0;
    for (let t = lag; t < centred.length; t++) sum += centred[t] * centred[t - lag];
    // Fewer products at larger lags would favour the short cycles.
    return (sum / power) * (centred.length / Math.max(1, centred.length - lag));
  });
  const peaks: number[] = [];
  let valley = correlation[0];
  for (let lag = 1; lag <= lags; lag++) {
    const value = correlation[lag];
    valley = Math.min(valley, value);
    const isPeak = lag > 1 && value > correlation[lag - 1] && value >= correlation[lag + 1];
    if (isPeak && value >= CORRELATION_MIN && value - valley >= RISE_MIN) peaks.push(lag);
  }
  const highest = peaks.reduce((high, lag) => Math.max(high, correlation[lag]), 0);
  // Multiples of the cycle peak about as high: the first one is the cycle.
  const first = peaks.find((lag) => correlation[lag] >= NEARLY * highest);
  if (first === undefined) return null;
  // Noise splits a broad peak into several: the best of them is its top.
  return peaks
    .filter((lag) => lag >= first && lag <= first * 1.2)
    .reduce((top, lag) => (correlation[lag] > correlation[top] ? lag : top), first);
}
