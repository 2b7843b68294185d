import type { Inference } from '../../src/core/inference.ts';
import type { PlanResult, PlanWindow } from '../../src/infer/plan.ts';

export interface StubOptions {
  readonly channels: number;
  readonly length: number;
  readonly newRows: number;
  readonly stepMs: number;
  readonly horizon: number;
  readonly forecastEverySteps: number;
  readonly quantiles: readonly number[];
}

/** What a model says on an ordinary feed, the same of every window; forecasts where they are due. It costs nothing and says enough for the rooms behind it. */
export function stubResults(options: StubOptions): (windows: readonly PlanWindow[]) => Promise<readonly PlanResult[]> {
  const { channels, length, newRows, stepMs, horizon, forecastEverySteps, quantiles } = options;
  const rows = (value: number) => new Float64Array(newRows * channels).fill(value);
  const residual = { squared: rows(1), bias: rows(0.5), level: rows(0.5), expected: rows(20), halfWidth90: rows(1) };
  const imputed = {
    rows: Int32Array.from({ length: newRows }, (_, row) => length - newRows + row),
    final: new Uint8Array(newRows),
    quantiles: new Float64Array(newRows * channels * quantiles.length).fill(Number.NaN),
  };
  const law = (scale: number) => ({
    location: new Float64Array(horizon * channels).fill(20),
    scale: new Float64Array(horizon * channels).fill(scale),
  });
  const laws: NonNullable<Inference['forecast']>['laws'] = { network: law(0.5), ridge: law(0.6) };
  const levels = Float64Array.from({ length: horizon * channels * quantiles.length }, (_, i) => {
    const p = quantiles[i % quantiles.length];
    return 20 + 0.5 * Math.log(p / (1 - p));
  });
  const forecast = { horizon, quantiles: levels, laws };
  const isDue = (endMs: number) => (Math.round(endMs / stepMs) + 1) % forecastEverySteps === 0;
  return async (windows) =>
    windows.map(({ endMs }) => ({ imputed, residual, forecast: isDue(endMs) ? forecast : null }));
}
