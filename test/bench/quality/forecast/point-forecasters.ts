import type { Forecast } from '../../../../src/core/inference.ts';
import { bend, unbend } from '../../../../src/core/transform.ts';
import type { Window } from '../../../../src/core/window.ts';
import { interpolate } from '../../../../src/diffusion/base/interpolate.ts';
import { iterateVar } from '../../../../src/diffusion/base/ridge-var.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { naive } from '../../../../src/eval/baselines/naive.ts';
import { seasonalNaive } from '../../../../src/eval/baselines/seasonal-naive.ts';
import { crpsLevels } from '../../../../src/eval/crps.ts';
import { DampedTrend } from '../../../../src/forecast/damped-trend.ts';

/** What a reference may look at when it forecasts. */
export interface Origin {
  readonly window: Window;
  /** Index of the last known row. */
  readonly row: number;
  /** [row, channel], all rows; those up to `row` are read. */
  readonly values: Float64Array;
  /** What the bases alone say. */
  readonly base: Forecast;
}

/** [horizon, channel] */
export type PointForecaster = (origin: Origin) => Float64Array;

const median = crpsLevels.indexOf(0.5);

/** The references of a forecast row, by name. `seasonSteps` 0: the feed has no season. */
export function pointForecasters(
  model: Model,
  channels: number,
  seasonSteps: number,
): Readonly<Record<string, PointForecaster>> {
  const { horizon } = model.basis;
  const history = ({ values, row }: Origin, rows: number) =>
    values.subarray(Math.max(0, row + 1 - rows) * channels, (row + 1) * channels);
  return {
    naive: (origin) => naive(history(origin, 200), channels, horizon),
    ...(seasonSteps > 0
      ? {
          seasonal_naive: (origin: Origin) =>
            seasonalNaive(history(origin, 4 * seasonSteps), channels, seasonSteps, horizon),
        }
      : {}),
    damped_ets: smoothing(channels, horizon),
    ridge_var: (origin) => iterated(model, channels, origin),
    direct_ridge: ({ base }) => base.quantiles.filter((_, i) => i % crpsLevels.length === median),
  };
}

/** Damped exponential smoothing as the online layer has it; takes in every row once. */
function smoothing(channels: number, horizon: number): PointForecaster {
  const trend = new DampedTrend(channels);
  let seen = -1;
  return ({ values, row, window }) => {
    if (seen < 0) seen = row - window.length;
    for (; seen < row; seen++) for (let c = 0; c < channels; c++) trend.observe(c, values[(seen + 1) * channels + c]);
    const out = new Float64Array(horizon * channels);
    const ahead = new Float64Array(horizon);
    for (let c = 0; c < channels; c++) {
      if (trend.ahead(c, ahead) === null) ahead.fill(window.location[c]);
      for (let h = 0; h < horizon; h++) out[h * channels + c] = ahead[h];
    }
    return out;
  };
}

/** The ridge VAR of the score, iterated over the horizon; channels that the network does not see stay where they are. */
function iterated(model: Model, channels: number, { window, values, row }: Origin): Float64Array {
  const { active, horizon, autoregression, transforms } = model.basis;
  const rows = 16;
  const width = active.length;
  const z = new Float32Array((rows + horizon) * width);
  const known = new Uint8Array(z.length);
  active.forEach((c, d) => {
    for (let t = 0; t < rows; t++) {
      const source = (window.length - rows + t) * channels + c;
      const value = bend(transforms[c], window.values[source]);
      z[t * width + d] = (value - window.location[c]) / window.scale[c];
      known[t * width + d] = Number.isNaN(value) ? 0 : 1;
    }
  });
  const filled = new Float32Array(z.length);
  interpolate(z, known, rows + horizon, width, filled);
  iterateVar(autoregression, filled, known, rows, rows + horizon);
  const out = naive(values.subarray(Math.max(0, row - 200) * channels, (row + 1) * channels), channels, horizon);
  active.forEach((c, d) => {
    for (let h = 0; h < horizon; h++)
      out[h * channels + c] = unbend(
        transforms[c],
        window.location[c] + window.scale[c] * filled[(rows + h) * width + d],
      );
  });
  return out;
}
