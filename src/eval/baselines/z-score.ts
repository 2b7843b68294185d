/** Standardised values are clipped here: one absurd reading should not decide the ranking of a whole run. */
const zMax = 25;
/** A channel's standard deviation is at least this share of the largest magnitude seen: constant channels stay finite. */
const relativeFloor = 0.02;

export interface RunningZScore {
  /** Mean of z^2 over the channels observed in `row` [channel], by what was seen before it; then learns the row. NaN: nothing to score. */
  score(row: ArrayLike<number>): number;
  /** Learns a row [channel] without scoring it. */
  learn(row: ArrayLike<number>): void;
}

/**
 * The anomaly reference that any model has to beat: how many standard deviations is each channel from its mean so far?
 * Expanding mean and variance per channel (Welford), causal; no memory of recent rows, no relation between channels.
 */
export function createRunningZScore(channels: number): RunningZScore {
  const count = new Float64Array(channels);
  const mean = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const largest = new Float64Array(channels);
  const learn = (row: ArrayLike<number>) => {
    for (let c = 0; c < channels; c++) {
      if (Number.isNaN(row[c])) continue;
      count[c] += 1;
      const before = row[c] - mean[c];
      mean[c] += before / count[c];
      squares[c] += before * (row[c] - mean[c]);
      largest[c] = Math.max(largest[c], Math.abs(row[c]));
    }
  };
  return {
    learn,
    score(row) {
      let sum = 0;
      let scored = 0;
      for (let c = 0; c < channels; c++) {
        if (Number.isNaN(row[c]) || count[c] < 2) continue;
        const deviation = Math.max(Math.sqrt(squares[c] / count[c]), relativeFloor * largest[c]);
        const z = row[c] === mean[c] ? 0 : Math.min(Math.abs(row[c] - mean[c]) / deviation, zMax);
        sum += z * z;
        scored += 1;
      }
      learn(row);
      return sum / scored;
    },
  };
}

/**
 * The running z-score of a whole run after its training rows.
 *
 * @param training [time, channel], NaN where missing
 * @param values [time, channel], NaN where missing
 * @returns [time], NaN where nothing of a row could be scored
 */
export function zScore(training: Float64Array, values: Float64Array, channels: number): Float64Array {
  const running = createRunningZScore(channels);
  for (let start = 0; start < training.length; start += channels)
    running.learn(training.subarray(start, start + channels));
  return Float64Array.from({ length: values.length / channels }, (_, row) =>
    running.score(values.subarray(row * channels, (row + 1) * channels)),
  );
}
