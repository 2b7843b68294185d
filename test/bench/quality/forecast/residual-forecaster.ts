import {
  addResidualQuantiles,
  fitResidualQuantiles,
  type ResidualQuantiles,
} from '../../../../src/eval/baselines/residual-quantiles.ts';
import { crpsLevels } from '../../../../src/eval/crps.ts';

/** Forecasts whose errors are remembered, and after how many new ones their quantiles are made anew. */
const keptMax = 1500;
const refitEvery = 100;
const keptCellsMax = 12_000_000;

/** A point method as a distribution, causally: the quantiles of its own resolved errors, a horizon and channel, around the point. */
export class ResidualForecaster {
  readonly #shape: { readonly horizon: number; readonly channels: number };
  readonly #pending: { readonly row: number; readonly point: Float64Array }[] = [];
  readonly #errors: Float32Array[] = [];
  readonly #kept: number;
  #fit: ResidualQuantiles | null = null;
  #resolved = 0;

  constructor(shape: { readonly horizon: number; readonly channels: number }) {
    this.#shape = shape;
    this.#kept = Math.min(keptMax, Math.floor(keptCellsMax / (shape.horizon * shape.channels)));
  }

  /**
   * Quantiles [horizon, channel, level] of a point forecast [horizon, channel] made after `row`; the point alone until errors came.
   * @param values [row, channel]; rows up to `row` are read
   */
  quantiles(row: number, point: Float64Array, values: Float64Array): Float64Array {
    const { horizon, channels } = this.#shape;
    const resolvedBefore = this.#resolved;
    while (this.#pending[0] !== undefined && this.#pending[0].row + horizon <= row) {
      const { row: origin, point: made } = this.#pending.shift() as { row: number; point: Float64Array };
      this.#errors.push(Float32Array.from(made, (value, i) => values[(origin + 1) * channels + i] - value));
      if (this.#errors.length > this.#kept) this.#errors.shift();
      this.#resolved++;
    }
    if (Math.floor(this.#resolved / refitEvery) > Math.floor(resolvedBefore / refitEvery)) this.#refit();
    this.#pending.push({ row, point });
    if (this.#fit !== null) return addResidualQuantiles(point, this.#fit);
    const levels = crpsLevels.length;
    return Float64Array.from({ length: point.length * levels }, (_, i) => point[Math.floor(i / levels)]);
  }

  #refit(): void {
    const { horizon, channels } = this.#shape;
    const flat = new Float64Array(this.#errors.length * horizon * channels);
    this.#errors.forEach((errors, k) => flat.set(errors, k * horizon * channels));
    this.#fit = fitResidualQuantiles(flat, crpsLevels, this.#shape);
  }
}
