import type { Forecast, Inference } from '../../src/core/inference.ts';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { Forecaster, type ForecastOptions } from '../../src/forecast/forecaster.ts';
import { type ForecastShape, shapeOf } from '../../src/forecast/shape.ts';

export const stepMs = 1000;
export const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
const unbounded = { transform: 'none', min: -Number.MAX_VALUE, max: Number.MAX_VALUE } as const;

export const shape = (changes: Partial<Omit<ForecastShape, 'channels' | 'bounds'>> & { channels?: number } = {}) => {
  const { channels = 2, ...rest } = changes;
  return shapeOf({
    horizon: 4,
    stepMs,
    everySteps: 4,
    units: Array.from({ length: channels }, () => unbounded),
    ...rest,
  });
};

export const record = { rescale: true, mixture: true, rescaleHalfLifeSteps: 300, mixtureHalfLifeSteps: 1000 } as const;

export const forecaster = (changes: Partial<ForecastOptions> = {}) =>
  new Forecaster({ ...record, shape: shape(), seriesMax: 100, pendingStatesMax: 1000, ...changes });

/** [horizon][channel] of location and scale. */
export type Law = (h: number, channel: number) => readonly [location: number, scale: number];

export function forecastOf({ horizon, channels }: ForecastShape, network: Law, ridge: Law = network): Forecast {
  const write = (law: Law) => {
    const out = { location: new Float64Array(horizon * channels), scale: new Float64Array(horizon * channels) };
    for (let i = 0; i < horizon * channels; i++)
      [out.location[i], out.scale[i]] = law(Math.floor(i / channels), i % channels);
    return out;
  };
  const laws = { network: write(network), ridge: write(ridge) };
  const quantiles = Float64Array.from({ length: horizon * channels * levels.length }, (_, i) => {
    const cell = Math.floor(i / levels.length);
    const p = levels[i % levels.length];
    return laws.network.location[cell] + laws.network.scale[cell] * Math.log(p / (1 - p));
  });
  return { horizon, quantiles, laws };
}

/** A window of `rows` [row][channel], all of them new unless said, ending at row `endRow` of the grid. */
export function inferenceOf(
  rows: readonly (readonly number[])[],
  endRow: number,
  forecast: Forecast | null = null,
  changes: { series?: string; newRows?: number } = {},
): Inference {
  const channels = rows[0].length;
  return {
    window: {
      series: changes.series ?? 'a',
      endMs: endRow * stepMs,
      stepMs,
      values: Float64Array.from(rows.flat()),
      length: rows.length,
      channels,
      newRows: changes.newRows ?? rows.length,
      location: new Float64Array(channels),
      scale: new Float64Array(channels).fill(1),
      observedFraction: 1,
      hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
    },
    modelVersion: 'm',
    quantileLevels: levels,
    imputed: null,
    forecast,
    residual: null,
  };
}

/** Windows of a made-up feed: new rows with a missing cell now and then, a forecast every fourth row. */
export function* feedOf(seed: number, windows: number, own = shape(), series = 'a'): Generator<Inference> {
  const rng = createRng(seed);
  let level = 0;
  for (let w = 0; w < windows; w++) {
    const rows = Array.from({ length: 4 }, () => {
      level += 0.2 * rng.normal();
      return Array.from({ length: own.channels }, (_, c) => cell(rng, level + c));
    });
    const law = (): Law => (h, c) => [level + c + 0.1 * rng.normal(), 0.2 + 0.05 * h * rng.uniform()];
    yield inferenceOf(rows, 4 * w + 3, rng.uniform() < 0.9 ? forecastOf(own, law(), law()) : null, { series });
  }
}

const cell = (rng: Rng, value: number): number => (rng.uniform() < 0.1 ? Number.NaN : value + 0.3 * rng.normal());
