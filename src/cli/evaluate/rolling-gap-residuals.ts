import {
  errorsMin,
  type GapResiduals,
  gapClasses,
  gapClassOf,
  gapErrorQuantiles,
  writeGapQuantiles,
} from '../../eval/baselines/gap-residuals.ts';

/** Newest errors remembered of a channel and class of distance. */
const keptMax = 500;
/** Errors of a channel are sorted again once there are this many times as many. */
const refitGrowth = 1.1;

/** What was learnt of one series, or of all of them together. */
class GapErrors {
  readonly #residuals: GapResiduals;
  /** [channel][class] */
  readonly #errors: number[][][];
  readonly learnt: Uint32Array;
  readonly #fitted: Uint32Array;

  constructor(levels: readonly number[], channels: number) {
    this.#residuals = { levels, values: new Float64Array(channels * gapClasses * levels.length) };
    this.#errors = Array.from({ length: channels }, () => Array.from({ length: gapClasses }, () => []));
    this.learnt = new Uint32Array(channels);
    this.#fitted = new Uint32Array(channels);
  }

  learn(channel: number, distance: number, error: number): void {
    const errors = this.#errors[channel]?.[gapClassOf(distance)] as number[];
    errors.push(error);
    if (errors.length > keptMax) errors.shift();
    this.learnt[channel] = (this.learnt[channel] as number) + 1;
  }

  /** Quantiles of the errors, up to date for the channel. */
  residuals(channel: number): GapResiduals {
    const learnt = this.learnt[channel] as number;
    if (learnt > refitGrowth * (this.#fitted[channel] as number)) {
      const { levels, values } = this.#residuals;
      const own = gapErrorQuantiles(this.#errors[channel] as number[][], levels);
      values.set(own, channel * own.length);
      this.#fitted[channel] = learnt;
    }
    return this.#residuals;
  }
}

/**
 * Gives a point filler honest quantiles where it cannot be asked again about cells hidden for the purpose: quantiles of its own
 * earlier errors by channel and distance to what is known. Until a series has some of its own it takes those of all series.
 */
export class RollingGapResiduals {
  readonly #levels: readonly number[];
  readonly #channels: number;
  readonly #all: GapErrors;
  readonly #bySeries = new Map<string, GapErrors>();
  readonly #pending = new Map<string, { row: number; channel: number; distance: number; error: number }[]>();

  constructor(levels: readonly number[], channels: number) {
    this.#levels = levels;
    this.#channels = channels;
    this.#all = new GapErrors(levels, channels);
  }

  /** Notes an error; it counts once `settle` has passed its row. */
  learn(series: string, row: number, channel: number, distance: number, error: number): void {
    const pending = this.#pending.get(series) ?? [];
    if (!Number.isNaN(error)) pending.push({ row, channel, distance, error });
    this.#pending.set(series, pending);
  }

  /** Errors before `row` count from now on: no cell is judged by those of its own gap. */
  settle(series: string, row: number): void {
    const pending = this.#pending.get(series) ?? [];
    if (!pending.some((one) => one.row < row)) return;
    const own = this.#of(series);
    for (const { channel, distance, error } of pending.filter((one) => one.row < row)) {
      own.learn(channel, distance, error);
      this.#all.learn(channel, distance, error);
    }
    this.#pending.set(
      series,
      pending.filter((one) => one.row >= row),
    );
  }

  /** Writes the quantiles of one filled cell; without any error so far, the point alone. */
  write(out: Float64Array, series: string, point: number, channel: number, distance: number): void {
    const own = this.#bySeries.get(series);
    const enough = own !== undefined && (own.learnt[channel] as number) >= errorsMin;
    writeGapQuantiles(out, point, channel, distance, (enough ? own : this.#all).residuals(channel));
  }

  #of(series: string): GapErrors {
    const own = this.#bySeries.get(series) ?? new GapErrors(this.#levels, this.#channels);
    this.#bySeries.set(series, own);
    return own;
  }
}
