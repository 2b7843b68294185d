/** Smoothing of the level, and of the trend relative to it: what is slow, ordinary and quick, each without and with a trend. */
const variants = [
  [0.15, 0],
  [0.15, 0.2],
  [0.4, 0],
  [0.4, 0.2],
  [0.85, 0],
  [0.85, 0.2],
] as const;
/** Damping of the trend a row. */
const damping = 0.9;
const errorHalfLifeSteps = 300;
const errorKeep = 2 ** (-1 / errorHalfLifeSteps);
/** Level, trend and decayed one-step error of a variant. */
const numbersOfVariant = 3;

/** Numbers of the state of one channel. */
export const numbersOfChannel = variants.length * numbersOfVariant;

/**
 * Exponential smoothing with a damped additive trend (Gardner & McKenzie 1985) of every channel, in error-correction form. A few
 * fixed parameters run side by side and the one with the smallest decayed one-step error speaks. It needs no training and follows
 * whatever level comes.
 */
export class DampedTrend {
  /** [channel, variant, level | trend | error]; a level of NaN: nothing was seen yet. */
  readonly state: Float64Array;

  constructor(channels: number, state?: Float64Array) {
    this.state = state ?? new Float64Array(channels * numbersOfChannel);
    if (state === undefined)
      for (let at = 0; at < this.state.length; at += numbersOfVariant) this.state[at] = Number.NaN;
  }

  /** One row later; y is NaN where nothing was observed. */
  observe(channel: number, y: number): void {
    const { state } = this;
    variants.forEach(([alpha, beta], v) => {
      const at = channel * numbersOfChannel + v * numbersOfVariant;
      const level = state[at];
      if (Number.isNaN(level)) {
        if (!Number.isNaN(y)) state[at] = y;
        return;
      }
      const trend = damping * state[at + 1];
      const error = Number.isNaN(y) ? 0 : y - level - trend;
      state[at] = level + trend + alpha * error;
      state[at + 1] = trend + alpha * beta * error;
      if (!Number.isNaN(y)) state[at + 2] = errorKeep * state[at + 2] + (1 - errorKeep) * Math.abs(error);
    });
  }

  /** Writes the values expected in the next rows; returns the decayed error of one step, or null where nothing was seen yet. */
  ahead(channel: number, out: Float64Array): number | null {
    const at = channel * numbersOfChannel + this.#best(channel) * numbersOfVariant;
    const [level, trend, error] = this.state.subarray(at, at + numbersOfVariant);
    if (Number.isNaN(level)) return null;
    let share = 0;
    for (let h = 0; h < out.length; h++) {
      share += damping ** (h + 1);
      out[h] = level + share * trend;
    }
    return error;
  }

  #best(channel: number): number {
    let best = 0;
    for (let v = 1; v < variants.length; v++) {
      const error = (index: number) => this.state[channel * numbersOfChannel + index * numbersOfVariant + 2];
      if (error(v) < error(best)) best = v;
    }
    return best;
  }
}
