import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { cellBounds } from '../core/channel.ts';
import type { ForecastOptions } from '../forecast/forecaster.ts';
import { shapeOf } from '../forecast/shape.ts';

/** Options of the forecast room from the config; null: nothing is forecast, or what the model forecasts is served as it is. */
export function forecastOptionsOf(config: PipelineConfig, pendingStatesMax: number): ForecastOptions | null {
  const { forecast, model, window, limits } = config;
  if (model.forecast_every_steps === 0 || !(forecast.rescale || forecast.mixture)) return null;
  return {
    shape: shapeOf({
      horizon: model.horizon_steps,
      stepMs: window.step_ms,
      everySteps: model.forecast_every_steps,
      units: config.channels.map((channel) => ({ transform: channel.transform, ...cellBounds(channel) })),
    }),
    rescale: forecast.rescale,
    mixture: forecast.mixture,
    rescaleHalfLifeSteps: forecast.rescale_half_life_steps,
    mixtureHalfLifeSteps: forecast.mixture_half_life_steps,
    seriesMax: limits.series_max,
    pendingStatesMax,
  };
}
