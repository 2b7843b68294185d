/** A forecast benchmark on one series: what to train on and which rows count. */
export interface ForecastData {
  readonly channels: readonly string[];
  readonly stepMs: number;
  readonly startMs: number;
  /** [row, channel]; NaN where missing. */
  readonly values: Float64Array;
  /** Rows 0..fitRows-1 are shown to `train`, the newest `validationFraction` of them to validate and calibrate on. */
  readonly fitRows: number;
  readonly validationFraction: number;
  /** The pass begins here: rows before the test in which whatever learns online gets going. */
  readonly warmFrom: number;
  /** Every row of a judged forecast lies within [testFrom, testTo). */
  readonly testFrom: number;
  readonly testTo: number;
}

/** Share of a channel's largest magnitude that its unit is at least: a channel that hardly moved in training is no needle. */
const relativeFloor = 0.02;

/** Standard deviation of each channel over the rows that the network is trained on: the unit of the figures. */
export function trainingScales({ values, channels, fitRows, validationFraction }: ForecastData): number[] {
  const rows = Math.round(fitRows * (1 - validationFraction));
  return channels.map((_, c) => {
    let count = 0;
    let mean = 0;
    let squares = 0;
    let largest = 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row * channels.length + c];
      if (Number.isNaN(value)) continue;
      count++;
      const delta = value - mean;
      mean += delta / count;
      squares += delta * (value - mean);
      largest = Math.max(largest, Math.abs(value));
    }
    return Math.max(Math.sqrt(squares / Math.max(1, count)), relativeFloor * largest);
  });
}

/** The same benchmark with a few hundred rows, to see that everything runs. */
export function shortened(data: ForecastData, windowRows: number, horizon: number): ForecastData {
  const width = data.channels.length;
  const test = Math.min(horizon + 16, data.testTo - data.testFrom);
  const fit = Math.min(6 * windowRows, data.fitRows);
  const from = data.fitRows - fit;
  return {
    ...data,
    startMs: data.startMs + from * data.stepMs,
    values: data.values.slice(from * width, (data.fitRows + test) * width),
    fitRows: fit,
    validationFraction: 0.33,
    warmFrom: fit - windowRows,
    testFrom: fit,
    testTo: fit + test,
  };
}
