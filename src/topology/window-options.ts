import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { ModelBasis } from '../diffusion/model.ts';
import type { WindowOptions } from '../window/options.ts';
import { aheadOfArrivalMsMaxOf, channelsOf, planAheadMsOf } from './channels-of.ts';
import { driftOptionsOf } from './drift-options.ts';

/** Options of the window room from the config and the model's training statistics. */
export function windowOptionsOf(
  config: PipelineConfig,
  basis: Pick<ModelBasis, 'priors' | 'seriesPriors'>,
): WindowOptions {
  return {
    stepMs: config.window.step_ms,
    length: config.window.length_steps,
    stride: config.window.stride_steps,
    latenessMs: config.window.lateness_ms,
    aheadMsMax: aheadOfArrivalMsMaxOf(config),
    silentAfterMs: config.window.silent_after_ms,
    seriesMax: config.limits.series_max,
    channels: channelsOf(config),
    aheadSteps: config.model.horizon_steps,
    planAheadMs: planAheadMsOf(config) ?? 0,
    drift: driftOptionsOf(config),
    prior: basis.priors,
    seriesPriors: basis.seriesPriors,
  };
}
