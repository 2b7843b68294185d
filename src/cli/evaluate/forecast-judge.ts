import type { Forecast } from '../../core/inference.ts';
import { naive } from '../../eval/baselines/naive.ts';
import { seasonalNaive } from '../../eval/baselines/seasonal-naive.ts';
import { createDistributionMetrics, type DistributionMetrics } from '../../eval/distribution-metrics.ts';
import { distributionJson, horizonJson, type MetricsJson } from '../../eval/metrics-json.ts';
import { RollingResiduals } from './rolling-residuals.ts';
import { type SeriesTruth, shownValues } from './truth.ts';

export interface ForecastSetting {
  readonly levels: readonly number[];
  /** [channel], training standard deviations. */
  readonly scales: readonly number[];
  readonly horizon: number;
  readonly seasonSteps: number;
}

const methods = ['model', 'ridge', 'seasonal_naive', 'naive'] as const;
type Method = (typeof methods)[number];

/** Judges forecasts of the model and of its references at the same origins, each with what was known there. */
export class ForecastJudge {
  readonly #setting: ForecastSetting;
  readonly #total: Record<Method, DistributionMetrics>;
  readonly #bySteps: Record<Method, readonly DistributionMetrics[]>;
  readonly #rolling = new Map<
    string,
    { readonly shown: Float64Array; readonly seasonal: RollingResiduals; readonly last: RollingResiduals }
  >();
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

  /** @param row index of the origin (the last known row) in the truth */
  add(truth: SeriesTruth, row: number, forecast: Forecast, base: Forecast | null): void {
    const { horizon, scales, seasonSteps } = this.#setting;
    const channels = scales.length;
    if (row + horizon >= truth.rows) return;
    this.#origins++;
    const { shown, seasonal, last } = this.#rollingOf(truth);
    const history = shown.subarray(Math.max(0, row + 1 - 4 * seasonSteps) * channels, (row + 1) * channels);
    this.#addAll('model', truth, row, forecast.quantiles);
    if (base !== null) this.#addAll('ridge', truth, row, base.quantiles);
    this.#addAll(
      'seasonal_naive',
      truth,
      row,
      seasonal.quantiles(row, seasonalNaive(history, channels, seasonSteps, horizon), shown),
    );
    this.#addAll('naive', truth, row, last.quantiles(row, naive(history, channels, horizon), shown));
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
    const { levels, horizon, scales } = this.#setting;
    const channels = scales.length;
    for (let h = 0; h < horizon; h++) {
      for (let c = 0; c < channels; c++) {
        const target = truth[(row + 1 + h) * channels + c] as number;
        const offset = (h * channels + c) * levels.length;
        this.#total[method].add(c, target, quantiles, offset);
        (this.#bySteps[method][h] as DistributionMetrics).add(c, target, quantiles, offset);
      }
    }
  }

  #rollingOf(truth: SeriesTruth) {
    const known = this.#rolling.get(truth.series);
    if (known !== undefined) return known;
    const { levels, horizon, scales } = this.#setting;
    const shape = { horizon, channels: scales.length };
    const made = {
      shown: shownValues(truth),
      seasonal: new RollingResiduals(levels, shape),
      last: new RollingResiduals(levels, shape),
    };
    this.#rolling.set(truth.series, made);
    return made;
  }
}
