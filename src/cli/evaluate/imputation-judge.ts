import type { Imputed } from '../../core/inference.ts';
import { createRng, seedOf } from '../../core/rng.ts';
import {
  type FillGaps,
  fitGapResiduals,
  type GapDistance,
  type GapResiduals,
  rowsSince,
  rowsToNearest,
  writeGapQuantiles,
} from '../../eval/baselines/gap-residuals.ts';
import { lastObserved } from '../../eval/baselines/last-observed.ts';
import { lastSeason } from '../../eval/baselines/last-season.ts';
import { linearInterpolation } from '../../eval/baselines/linear-interpolation.ts';
import { createDistributionMetrics, type DistributionMetrics } from '../../eval/distribution-metrics.ts';
import { distributionJson, type MetricsJson } from '../../eval/metrics-json.ts';
import { quantileAt } from '../../eval/quantile.ts';
import { hideCells } from './hide-cells.ts';
import { RollingGapResiduals } from './rolling-gap-residuals.ts';
import { type SeriesTruth, shownValues } from './truth.ts';

export interface ImputationSetting {
  readonly levels: readonly number[];
  /** [channel], training standard deviations. */
  readonly scales: readonly number[];
  readonly seasonSteps: number;
}

/** Newest rows of a series that the errors of a reference are taken from, and how often other cells of these are hidden. */
const residualRowsMax = 20_000;
const residualMasks = 2;

const points = ['linear_interpolation', 'last_observed', 'seasonal_naive'] as const;
type Point = (typeof points)[number];

/** One reference on one series: every gap filled, and how wrong it is by the distance to what is known. */
interface Filled {
  readonly values: Float64Array;
  readonly distance: Int32Array;
  readonly residuals: GapResiduals;
}

/**
 * Judges the final imputation of hidden cells. References see the same cells; linear interpolation even looks ahead without
 * bound, which the stream cannot. Point references are given the empirical quantiles of their errors elsewhere in the series:
 * a bare point would be punished by the CRPS for what it never claimed. `base` is the base of the model with the spread it was
 * given in training, `base_residuals` its median with a bootstrap of its own earlier errors.
 */
export class ImputationJudge {
  readonly #setting: ImputationSetting;
  readonly #model: DistributionMetrics;
  readonly #base: DistributionMetrics;
  readonly #baseResiduals: DistributionMetrics;
  readonly #baseErrors: RollingGapResiduals;
  readonly #points: Readonly<Record<Point, DistributionMetrics>>;
  readonly #filled = new Map<string, Readonly<Record<Point, Filled>>>();

  constructor(setting: ImputationSetting) {
    this.#setting = setting;
    const make = () => createDistributionMetrics(setting.levels, setting.scales);
    this.#model = make();
    this.#base = make();
    this.#baseResiduals = make();
    this.#baseErrors = new RollingGapResiduals(setting.levels, setting.scales.length);
    this.#points = { linear_interpolation: make(), last_observed: make(), seasonal_naive: make() };
  }

  /**
   * @param firstRow index in the truth of the window's first row
   * @param base what the model's base alone says of the same rows
   * @param countedFrom index in the truth of the first row that is judged: from those before, the base only learns how wrong it is
   */
  add(
    truth: SeriesTruth,
    firstRow: number,
    imputed: Imputed,
    channels: number,
    base: Imputed | null = null,
    countedFrom = 0,
  ): void {
    const filled = this.#filledOf(truth, channels);
    this.#baseErrors.settle(truth.series, firstRow);
    const levels = this.#setting.levels.length;
    const quantiles = new Float64Array(levels);
    imputed.rows.forEach((row, k) => {
      if (imputed.final[k] === 0) return;
      for (let c = 0; c < channels; c++) {
        const i = (firstRow + row) * channels + c;
        if (truth.hidden[i] !== 1) continue;
        const target = truth.truth[i] as number;
        const at = (k * channels + c) * levels;
        const counted = firstRow + row >= countedFrom;
        if (base !== null) this.#addBase(truth, i, c, base.quantiles, at, counted);
        if (!counted) continue;
        this.#model.add(c, target, imputed.quantiles, at);
        for (const name of points) {
          const { values, distance, residuals } = filled[name];
          writeGapQuantiles(quantiles, values[i] as number, c, distance[i] as number, residuals);
          this.#points[name].add(c, target, quantiles);
        }
      }
    });
  }

  json(hiddenFraction: number): NonNullable<MetricsJson['imputation']> {
    const bases = [['base', this.#base.summary()] as const, ['base_residuals', this.#baseResiduals.summary()] as const];
    const references = Object.entries(this.#points).map(([name, metrics]) => [name, metrics.summary()] as const);
    const answered = bases.filter(([, { count, unanswered }]) => count + unanswered > 0);
    return {
      model: distributionJson(this.#model.summary()),
      baselines: Object.fromEntries(
        [...answered, ...references].map(([name, summary]) => [name, distributionJson(summary)]),
      ),
      hidden_fraction: hiddenFraction,
    };
  }

  /** @param i index of the cell in the truth, @param at that of its first quantile */
  #addBase(truth: SeriesTruth, i: number, c: number, said: Float64Array, at: number, counted: boolean): void {
    const { levels, scales } = this.#setting;
    const target = truth.truth[i] as number;
    const point = quantileAt(0.5, said, levels, at);
    const distance = this.#filledOf(truth, scales.length).linear_interpolation.distance[i] as number;
    this.#baseErrors.learn(truth.series, Math.floor(i / scales.length), c, distance, target - point);
    if (!counted) return;
    const quantiles = new Float64Array(levels.length);
    this.#baseErrors.write(quantiles, truth.series, point, c, distance);
    this.#base.add(c, target, said, at);
    this.#baseResiduals.add(c, target, quantiles);
  }

  #filledOf(truth: SeriesTruth, channels: number): Readonly<Record<Point, Filled>> {
    const known = this.#filled.get(truth.series);
    if (known !== undefined) return known;
    const shown = shownValues(truth);
    const recent = shown.subarray(Math.max(0, truth.rows - residualRowsMax) * channels);
    const rng = createRng(seedOf('errors of references', truth.series));
    const masks = Array.from({ length: residualMasks }, () =>
      hideCells(recent, channels, 0, recent.length / channels, rng),
    );
    const make = (fill: FillGaps, distance: GapDistance): Filled => ({
      values: fill(shown, channels),
      distance: distance(shown, channels),
      residuals: fitGapResiduals(recent, channels, masks, { fill, distance }, this.#setting.levels),
    });
    const season: FillGaps = (values) => lastSeason(values, channels, this.#setting.seasonSteps);
    const made = {
      linear_interpolation: make(linearInterpolation, rowsToNearest),
      last_observed: make(lastObserved, rowsSince),
      seasonal_naive: make(season, rowsSince),
    };
    this.#filled.set(truth.series, made);
    return made;
  }
}
