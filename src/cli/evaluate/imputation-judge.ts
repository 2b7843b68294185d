import type { Imputed } from '../../core/inference.ts';
import { lastObserved } from '../../eval/baselines/last-observed.ts';
import { linearInterpolation } from '../../eval/baselines/linear-interpolation.ts';
import { createDistributionMetrics, type DistributionMetrics } from '../../eval/distribution-metrics.ts';
import { distributionJson, type MetricsJson } from '../../eval/metrics-json.ts';
import { type SeriesTruth, shownValues } from './truth.ts';

/**
 * Judges the final imputation of hidden cells. References see the same cells; linear interpolation even looks ahead without
 * bound, which the stream cannot.
 */
export class ImputationJudge {
  readonly #levels: readonly number[];
  readonly #metrics: Record<'model' | 'linear_interpolation' | 'last_observed', DistributionMetrics>;
  readonly #filled = new Map<string, { readonly linear: Float64Array; readonly last: Float64Array }>();

  constructor(levels: readonly number[], scales: readonly number[]) {
    this.#levels = levels;
    const make = () => createDistributionMetrics(levels, scales);
    this.#metrics = { model: make(), linear_interpolation: make(), last_observed: make() };
  }

  /** @param firstRow index in the truth of the window's first row */
  add(truth: SeriesTruth, firstRow: number, imputed: Imputed, channels: number): void {
    const { linear, last } = this.#filledOf(truth, channels);
    const levels = this.#levels.length;
    const point = new Float64Array(levels);
    imputed.rows.forEach((row, k) => {
      if (imputed.final[k] === 0) return;
      for (let c = 0; c < channels; c++) {
        const i = (firstRow + row) * channels + c;
        if (truth.hidden[i] !== 1) continue;
        const target = truth.truth[i] as number;
        this.#metrics.model.add(c, target, imputed.quantiles, (k * channels + c) * levels);
        this.#metrics.linear_interpolation.add(c, target, point.fill(linear[i] as number));
        this.#metrics.last_observed.add(c, target, point.fill(last[i] as number));
      }
    });
  }

  json(hiddenFraction: number): NonNullable<MetricsJson['imputation']> {
    const { model, ...references } = this.#metrics;
    return {
      model: distributionJson(model.summary()),
      baselines: Object.fromEntries(
        Object.entries(references).map(([name, metrics]) => [name, distributionJson(metrics.summary())]),
      ),
      hidden_fraction: hiddenFraction,
    };
  }

  #filledOf(truth: SeriesTruth, channels: number) {
    const known = this.#filled.get(truth.series);
    if (known !== undefined) return known;
    const shown = shownValues(truth);
    const made = { linear: linearInterpolation(shown, channels), last: lastObserved(shown, channels) };
    this.#filled.set(truth.series, made);
    return made;
  }
}
