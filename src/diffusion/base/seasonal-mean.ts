/** Mean of every channel by the place in a period (the hour of the day), or one overall mean where the data teach no more. */
export interface SeasonalMean {
  readonly periodMs: number;
  /** Equal parts of the period; 1: one mean for all times. */
  readonly bins: number;
  /** [bin, channel] */
  readonly values: Float32Array;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const stepMsMax = 3 * hourMs;
const periodsMin = 7;
/** Periods of data that weigh as much as the overall mean. */
const periodsOfPrior = 10;

const binOf = (season: Pick<SeasonalMean, 'periodMs' | 'bins'>, timeMs: number): number => {
  const phase = ((timeMs % season.periodMs) + season.periodMs) % season.periodMs;
  return Math.min(season.bins - 1, Math.floor((phase / season.periodMs) * season.bins));
};

/** Bins of a day that a grid of this step can fill: at most 24; 1 where the step is too long or the data too short. */
export const dailyBins = (stepMs: number, rows: number): number =>
  stepMs > stepMsMax || rows * stepMs < periodsMin * dayMs ? 1 : Math.min(24, Math.floor(dayMs / stepMs));

/**
 * Means by bin, shrunk towards the channel's overall mean where few periods were seen.
 *
 * @param segments z [rows, channel], NaN where missing
 */
export function fitSeasonalMean(
  segments: readonly { readonly z: Float32Array; readonly rows: number; readonly startMs: number }[],
  channels: number,
  stepMs: number,
  bins = dailyBins(
    stepMs,
    segments.reduce((n, s) => n + s.rows, 0),
  ),
  periodMs = dayMs,
): SeasonalMean {
  const sums = new Float64Array(bins * channels);
  const cells = new Float64Array(bins * channels);
  for (const { z, rows, startMs } of segments) {
    for (let t = 0; t < rows; t++) {
      const place = binOf({ periodMs, bins }, startMs + t * stepMs) * channels;
      for (let d = 0; d < channels; d++) {
        const value = z[t * channels + d];
        if (Number.isNaN(value)) continue;
        sums[place + d] += value;
        cells[place + d]++;
      }
    }
  }
  const values = new Float32Array(bins * channels);
  const cellsOfPrior = periodsOfPrior * Math.max(1, periodMs / bins / stepMs);
  for (let d = 0; d < channels; d++) {
    let sum = 0;
    let count = 0;
    for (let b = 0; b < bins; b++) {
      sum += sums[b * channels + d];
      count += cells[b * channels + d];
    }
    const mean = count > 0 ? sum / count : 0;
    for (let b = 0; b < bins; b++) {
      const i = b * channels + d;
      values[i] = bins === 1 ? mean : (sums[i] + cellsOfPrior * mean) / (cells[i] + cellsOfPrior);
    }
  }
  return { periodMs, bins, values };
}

/** Where the means of a time start in `values`: the mean of channel d is values[offset + d]. */
export const seasonOffset = (season: SeasonalMean, timeMs: number, channels: number): number =>
  binOf(season, timeMs) * channels;
