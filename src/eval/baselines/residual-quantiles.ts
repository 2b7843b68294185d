import { unbiasedQuantileOfSorted } from '../quantile.ts';
import { requireEqualLength } from '../require-equal-length.ts';

/** Quantiles of a point method's training residuals. Imputation has a horizon of 1. */
export interface ResidualQuantiles {
  readonly levels: readonly number[];
  readonly horizon: number;
  readonly channels: number;
  /** [horizon, channel, level]; NaN where no residual was known. */
  readonly values: Float64Array;
}

/**
 * Quantiles of residuals (target - prediction) per horizon and channel, by the type-6 rule, which does not under-cover.
 *
 * @param residuals [example, horizon, channel], NaN where target or prediction is missing
 */
export function fitResidualQuantiles(
  residuals: Float64Array,
  levels: readonly number[],
  shape: { readonly horizon: number; readonly channels: number },
): ResidualQuantiles {
  const { horizon, channels } = shape;
  const cells = horizon * channels;
  const examples = Math.floor(residuals.length / cells);
  requireEqualLength('fitting residual quantiles', {
    residuals: residuals.length,
    'examples x horizon x channels': examples * cells,
  });
  const values = new Float64Array(cells * levels.length).fill(Number.NaN);
  for (let cell = 0; cell < cells; cell++) {
    const known = Float64Array.from({ length: examples }, (_, example) => residuals[example * cells + cell]).filter(
      (residual) => !Number.isNaN(residual),
    );
    if (known.length === 0) continue;
    known.sort();
    for (const [q, level] of levels.entries())
      values[cell * levels.length + q] = unbiasedQuantileOfSorted(known, level);
  }
  return { levels, horizon, channels, values };
}

/**
 * A point forecast as a distribution: the point plus the residual quantiles of its horizon and channel.
 *
 * @param point [horizon, channel]
 * @returns [horizon, channel, level]
 */
export function addResidualQuantiles(point: Float64Array, fit: ResidualQuantiles): Float64Array {
  requireEqualLength('adding residual quantiles', {
    point: point.length,
    'horizon x channels': fit.horizon * fit.channels,
  });
  const levels = fit.levels.length;
  return fit.values.map((residual, i) => point[Math.floor(i / levels)] + residual);
}
