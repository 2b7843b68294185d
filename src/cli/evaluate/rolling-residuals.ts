import {
  addResidualQuantiles,
  fitResidualQuantiles,
  type ResidualQuantiles,
} from '../../eval/baselines/residual-quantiles.ts';

/** Errors that are remembered: fewer where a forecast is wide, so that many series of many channels fit into memory. */
const keptMax = 200;
const keptMin = 40;
const keptCellsMax = 1_000_000;
const refitEvery = 25;
/** Soon at first: a bare point is no forecast of a distribution. */
const refitsAtFirst: readonly number[] = [5, 10, 15, 20];

/** Gives a point forecaster honest intervals, causally: quantiles of its own errors that were known at the origin. */
export class RollingResiduals {
  readonly #levels: readonly number[];
  readonly #shape: { readonly horizon: number; readonly channels: number };
  readonly #pending: { readonly row: number; readonly point: Float64Array }[] = [];
  readonly #errors: Float64Array[] = [];
  readonly #keptMax: number;
  #fit: ResidualQuantiles | null = null;
  #resolved = 0;

  constructor(levels: readonly number[], shape: { readonly horizon: number; readonly channels: number }) {
    this.#levels = levels;
    this.#shape = shape;
    this.#keptMax = Math.max(keptMin, Math.min(keptMax, Math.floor(keptCellsMax / (shape.horizon * shape.channels))));
  }

  /**
   * Quantiles [horizon, channel, level] of a forecast made after `row`.
   * @param values [row, channel] as shown; rows up to `row` are read
   */
  quantiles(row: number, point: Float64Array, values: Float64Array): Float64Array {
    this.#resolve(row, values);
    this.#pending.push({ row, point });
    if (this.#fit !== null) return addResidualQuantiles(point, this.#fit);
    return Float64Array.from(
      { length: point.length * this.#levels.length },
      (_, i) => point[Math.floor(i / this.#levels.length)] as number,
    );
  }

  #resolve(row: number, values: Float64Array): void {
    const { horizon, channels } = this.#shape;
    while (this.#pending[0] !== undefined && this.#pending[0].row + horizon <= row) {
      const { row: origin, point } = this.#pending.shift() as { row: number; point: Float64Array };
      this.#errors.push(point.map((value, i) => (values[(origin + 1) * channels + i] as number) - value));
      if (this.#errors.length > this.#keptMax) this.#errors.shift();
      this.#resolved++;
      if (this.#resolved % refitEvery !== 0 && !refitsAtFirst.includes(this.#resolved)) continue;
      const flat = new Float64Array(this.#errors.length * horizon * channels);
      this.#errors.forEach((errors, k) => flat.set(errors, k * horizon * channels));
      this.#fit = fitResidualQuantiles(flat, this.#levels, this.#shape);
    }
  }
}
