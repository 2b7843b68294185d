const rowsMax = 20_000;
const lagsMax = 400;
const lagMin = 3;
const fallbackSteps = 125;

/**
 * Dominant period of a univariate series in steps, as TSB-AD's `find_length_rank(series, 1)` estimates it: the lag of the
 * highest interior local maximum of the autocorrelation at lags 3 to 400, over the first 20,000 rows; 125 where there is
 * none, or where it lies below 6 or above 303 steps. NaN rows count as the mean.
 *
 * @param series [time]
 */
export function estimatePeriod(series: ArrayLike<number>): number {
  const rows = Math.min(rowsMax, series.length);
  const centred = centre(series, rows);
  const lagLast = Math.min(lagsMax, rows - 1);
  const correlation = Float64Array.from({ length: Math.max(0, lagLast - lagMin + 1) }, (_, i) => {
    let sum = 0;
    for (let t = lagMin + i; t < rows; t++) sum += centred[t] * centred[t - lagMin - i];
    return sum;
  });
  let best = -1;
  for (let i = 1; i + 1 < correlation.length; i++) {
    if (correlation[i] <= correlation[i - 1] || correlation[i] <= correlation[i + 1]) continue;
    if (best < 0 || correlation[i] >= correlation[best]) best = i;
  }
  return best < 3 || best > 300 ? fallbackSteps : best + lagMin;
}

function centre(series: ArrayLike<number>, rows: number): Float64Array {
  let sum = 0;
  let count = 0;
  for (let t = 0; t < rows; t++) {
    if (Number.isNaN(series[t])) continue;
    sum += series[t];
    count += 1;
  }
  const mean = count === 0 ? 0 : sum / count;
  return Float64Array.from({ length: rows }, (_, t) => (Number.isNaN(series[t]) ? 0 : series[t] - mean));
}
