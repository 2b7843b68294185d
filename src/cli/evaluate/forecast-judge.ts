import type { Forecast } from '../../core/inference.ts';
import { naive } from '../../eval/baselines/naive.ts';
import { seasonalNaive } from '../../eval/baselines/seasonal-naive.ts';
import { createDistributionMetrics, type DistributionMetrics } from '../../eval/distribution-metrics.ts';
import { distributionJson, horizonJson, type MetricsJson } from '../../eval/metrics-json.ts';
import { quantileAt } from '../../eval/quantile.ts';
import { RollingResiduals } from './rolling-residuals.ts';
import { type SeriesTruth, shownValues } from './truth.ts';

export interface ForecastSetting {
  readonly levels: readonly number[];
  /** [channel], training standard deviations. */
  readonly scales: readonly number[];
  readonly horizon: number;
  readonly seasonSteps: number;
  /** Channels known ahead: they are not forecast, and not judged. Absent: none. */
  readonly planned?: readonly number[];
}

const methods = ['model', 'ridge', 'ridge_residuals', 'ridge_var', 'seasonal_naive', 'naive'] as const;
type Method = (typeof methods)[number];

/** Of one series: what was shown, and the errors of the point references so far. */
interface Rolling {
  readonly shown: Float64Array;
  readonly seasonal: RollingResiduals;
  readonly last: RollingResiduals;
  readonly ridge: RollingResiduals;
  readonly iterated: RollingResiduals;
}

/**
 * Judges forecasts of the model and of its references at the same origins, each with what was known there. `ridge` is the base
 * of the model with the spread it was given in training, `ridge_residuals` its median with a bootstrap of its own errors,
 * `ridge_var` the iterated autoregression likewise, and the naive ones.
 */
export class ForecastJudge {
  readonly #setting: ForecastSetting;
  readonly #total: Record<Method, DistributionMetrics>;
  readonly #bySteps: Record<Method, readonly DistributionMetrics[]>;
  readonly #rolling = new Map<string, Rolling>();
  #origins = 0;

  constructor(setting: ForecastSetting) {
    this.#setting = setting;
    const make = () => createDistributionMetrics(setting.levels, setting.scales);
    const each = <T>(build: () => T) =>
      Object.fromEntries(methods.map((method) => [method, build()])) as Record<Method, T>;
    this.#total = each(make);
    this.#bySteps = each(() => Array.from({ length: setting.horizon }, make));
  }

  get origins(): number {
    return this.#origins;
  }

  /**
   * @param row index of the origin (the last known row) in the truth
   * @param iterated [horizon, channel], the ridge VAR iterated over the rows ahead
   * @param counted false: the references only learn how wrong they are
   */
  add(
    truth: SeriesTruth,
    row: number,
    forecast: Forecast,
    base: Forecast | null,
    iterated: Float64Array | null = null,
    counted = true,
  ): void {
    const { horizon, scales, seasonSteps, levels } = this.#setting;
    const channels = scales.length;
    if (row + horizon >= truth.rows) return;
    const rolling = this.#rollingOf(truth);
    const { shown, seasonal, last } = rolling;
    const history = shown.subarray(Math.max(0, row + 1 - 4 * seasonSteps) * channels, (row + 1) * channels);
    const said: [Method, Float64Array][] = [['model', forecast.quantiles]];
    if (base !== null) {
      const median = Float64Array.from({ length: horizon * channels }, (_, i) =>
        quantileAt(0.5, base.quantiles, levels, i * levels.length),
      );
      said.push(['ridge', base.quantiles], ['ridge_residuals', rolling.ridge.quantiles(row, median, shown)]);
    }
    if (iterated !== null) said.push(['ridge_var', rolling.iterated.quantiles(row, iterated, shown)]);
    const naively = last.quantiles(row, naive(history, channels, horizon), shown);
    // less than a season of rows: the errors of a season are not to be learnt from what is not one
    const seasonally =
      row + 1 < seasonSteps
        ? naively
        : seasonal.quantiles(row, seasonalNaive(history, channels, seasonSteps, horizon), shown);
    said.push(['seasonal_naive', seasonally], ['naive', naively]);
    if (!counted) return;
    this.#origins++;
    for (const [method, quantiles] of said) this.#addAll(method, truth, row, quantiles);
  }

  json(): NonNullable<MetricsJson['forecast']> {
    const whole = (method: Method) => distributionJson(this.#total[method].summary());
    const steps = (method: Method) => horizonJson(this.#bySteps[method].map((metrics) => metrics.summary()));
    const references = methods.filter((method) => method !== 'model');
    return {
      model: whole('model'),
      baselines: Object.fromEntries(references.map((method) => [method, whole(method)])),
      horizon: this.#setting.horizon,
      by_horizon: steps('model'),
      baselines_by_horizon: Object.fromEntries(references.map((method) => [method, steps(method)])),
    };
  }

  #addAll(method: Method, { truth }: SeriesTruth, row: number, quantiles: Float64Array): void {
    const { levels, horizon, scales, planned } = this.#setting;
    const channels = scales.length;
    for (let h = 0; h < horizon; h++) {
      for (let c = 0; c < channels; c++) {
        if (planned?.includes(c)) continue;
        const target = truth[(row + 1 + h) * channels + c] as number;
        const offset = (h * channels + c) * levels.length;
        this.#total[method].add(c, target, quantiles, offset);
        (this.#bySteps[method][h] as DistributionMetrics).add(c, target, quantiles, offset);
      }
    }
  }

  #rollingOf(truth: SeriesTruth): Rolling {
    const known = this.#rolling.get(truth.series);
    if (known !== undefined) return known;
    const { levels, horizon, scales } = this.#setting;
    const shape = { horizon, channels: scales.length };
    const made = {
      shown: shownValues(truth),
      seasonal: new RollingResiduals(levels, shape),
      last: new RollingResiduals(levels, shape),
      ridge: new RollingResiduals(levels, shape),
      iterated: new RollingResiduals(levels, shape),
    };
    this.#rolling.set(truth.series, made);
    return made;
  }
}
