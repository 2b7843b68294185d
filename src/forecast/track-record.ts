import { type Bounds, clip, clippedCrps, deviationOf, expectedDeviation } from './clipped-logistic.ts';
import { writeWeights } from './mixing.ts';
import { sum, writeFactors } from './rescaling.ts';
import { type ForecastShape, members } from './shape.ts';

const count = members.length;
/** Planes of the record: |u|, its expectation and the CRPS of every member, then rows resolved and |error| of the smoothing. */
const planes = { deviation: 0, expected: count, loss: 2 * count, rows: 3 * count, error: 3 * count + 1 };
const planeCount = 3 * count + 2;
const smoothing = members.indexOf('smoothing');

/** Half widths of the interval served beyond which a value says no more: one outlier shall not outweigh weeks. */
const reachMax = 10;

function withinReach(y: number, low: number, high: number): number {
  const reach = (reachMax * (high - low)) / 2;
  return reach > 0 ? clip(y, { min: (low + high) / 2 - reach, max: (low + high) / 2 + reach }) : y;
}

export interface TrackRecordOptions {
  readonly rescale: boolean;
  readonly mixture: boolean;
  readonly rescaleHalfLifeSteps: number;
  readonly mixtureHalfLifeSteps: number;
}

/**
 * How good the members were on the forecasts of one series that have been resolved: decayed sums a channel and horizon. A resolved
 * cell stands for the rows between two forecasts, so that a half-life means the same however often is forecast.
 */
export class TrackRecord {
  /** [plane, channel, horizon] */
  readonly sums: Float32Array;
  readonly #shape: ForecastShape;
  readonly #options: TrackRecordOptions;
  readonly #keepWidth: number;
  readonly #keepLoss: number;
  /** [member, channel, horizon]; null: to be worked out again. */
  #factors: Float32Array | null = null;

  constructor(shape: ForecastShape, options: TrackRecordOptions, sums?: Float32Array) {
    this.#shape = shape;
    this.#options = options;
    this.#keepWidth = 2 ** (-shape.everySteps / options.rescaleHalfLifeSteps);
    this.#keepLoss = 2 ** (-shape.everySteps / options.mixtureHalfLifeSteps);
    this.sums = sums ?? new Float32Array(planeCount * shape.channels * shape.horizon);
  }

  static sizeOf = ({ channels, horizon }: ForecastShape): number => planeCount * channels * horizon;

  /** Factors on the spread, [member, channel, horizon]. */
  factors(): Float32Array {
    if (this.#factors !== null) return this.#factors;
    const { channels, horizon } = this.#shape;
    const factors = new Float32Array(count * channels * horizon).fill(1);
    for (let k = 0; this.#options.rescale && k < count; k++) {
      for (let c = 0; c < channels; c++) {
        const at = (k * channels + c) * horizon;
        writeFactors(
          this.#plane(planes.deviation + k, c),
          this.#plane(planes.expected + k, c),
          this.#plane(planes.rows, c),
          factors.subarray(at, at + horizon),
        );
      }
    }
    this.#factors = factors;
    return factors;
  }

  /** Weights of the members for one channel, [horizon, member]. */
  weights(channel: number): Float64Array {
    const { channels, horizon } = this.#shape;
    const out = new Float64Array(horizon * count);
    if (!this.#options.mixture) {
      for (let h = 0; h < horizon; h++) out[h * count] = 1;
      return out;
    }
    const rows = sum(this.#plane(planes.rows, channel)) / horizon;
    const own = new Float64Array(count);
    const all = new Float64Array(count);
    for (let k = 0; k < count; k++) all[k] = sum(this.#plane(planes.loss + k, channel)) / horizon;
    for (let h = 0; h < horizon; h++) {
      for (let k = 0; k < count; k++) own[k] = this.sums[((planes.loss + k) * channels + channel) * horizon + h];
      writeWeights(own, all, rows, out, h * count);
    }
    return out;
  }

  /** Decayed mean absolute error of the smoothing at that horizon; null where nothing is resolved yet. */
  smoothingError(channel: number, h: number): number | null {
    const rows = this.#plane(planes.rows, channel)[h];
    return rows > 0 ? this.#plane(planes.error, channel)[h] / rows : null;
  }

  /**
   * Takes in one resolved cell; writes the CRPS of the rescaled members to `losses`.
   * @param laws [member, location | scale] as they were forecast, not rescaled; then the 90 % interval that was served
   */
  resolve(channel: number, h: number, y: number, laws: Float32Array, bounds: Bounds, losses: Float64Array): void {
    const { channels, horizon } = this.#shape;
    const factors = this.factors();
    const cell = channel * horizon + h;
    const near = withinReach(y, laws[2 * count], laws[2 * count + 1]);
    for (let k = 0; k < count; k++) {
      const location = laws[2 * k];
      const scale = laws[2 * k + 1];
      losses[k] = clippedCrps(near, location, scale * factors[k * channels * horizon + cell], bounds);
      this.#add(planes.loss + k, cell, this.#keepLoss, losses[k]);
      if (!(scale > 0)) continue;
      this.#add(planes.deviation + k, cell, this.#keepWidth, deviationOf(y, location, scale, bounds));
      this.#add(planes.expected + k, cell, this.#keepWidth, expectedDeviation(location, scale, bounds));
    }
    this.#add(planes.rows, cell, this.#keepWidth, 1);
    this.#add(planes.error, cell, this.#keepWidth, Math.abs(near - laws[2 * smoothing]));
  }

  /** Factors stay what they were while the rows of one window are taken in; this ends it. */
  turn(): void {
    this.#factors = null;
  }

  #add(plane: number, cell: number, keep: number, value: number): void {
    const { channels, horizon, everySteps } = this.#shape;
    const i = plane * channels * horizon + cell;
    this.sums[i] = keep * this.sums[i] + everySteps * value;
  }

  #plane(plane: number, channel: number): Float32Array {
    const { channels, horizon } = this.#shape;
    const at = (plane * channels + channel) * horizon;
    return this.sums.subarray(at, at + horizon);
  }
}
