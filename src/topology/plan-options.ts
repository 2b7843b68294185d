import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { cellBounds } from '../core/channel.ts';
import { scoreParts } from '../diffusion/calibration.ts';
import type { PlanOptions } from '../infer/plan.ts';

/** Calls that a window makes besides its channel groups: imputation, forecast, two horizons of the score. */
const callsWithoutGroups = 4;

export function planOptionsOf(config: PipelineConfig): PlanOptions {
  return {
    quantiles: config.model.quantiles,
    forecastEverySteps: config.model.forecast_every_steps,
    imputeDelaySteps: config.model.impute_delay_steps,
    samplerMethod: config.model.sampler.method,
    samplerSteps: config.model.sampler.steps,
    samplerSamples: config.model.sampler.samples,
    scoreParts,
    minObservedFraction: config.window.min_observed_fraction,
    bounds: config.channels.map(cellBounds),
    batchCallsMax: (callsWithoutGroups + config.score.cross_groups) * config.infer.batch_windows_max,
  };
}
