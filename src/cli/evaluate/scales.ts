import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { unbend } from '../../core/transform.ts';
import type { ChannelPrior } from '../../diffusion/model.ts';

/**
 * Units of the error figures, [channel]: the training standard deviation. Channels that hardly vary, flags and commands have
 * none and count for nothing in the overall figures.
 */
export function channelScales(config: PipelineConfig, priors: readonly ChannelPrior[]): number[] {
  return priors.map(({ mean, variance, absMax }, c) => {
    const channel = config.channels[c];
    const bentStd = Math.sqrt(variance);
    if (channel?.kind !== 'gauge' || bentStd <= 1e-6 * absMax) return Number.NaN;
    const { transform } = channel;
    return (unbend(transform, mean + bentStd) - unbend(transform, mean - bentStd)) / 2;
  });
}

const dayMs = 86_400_000;

/** The season of the seasonal naive reference: a day, or what comes nearest on a coarse grid. */
export const seasonSteps = (stepMs: number): number => Math.max(1, Math.round(dayMs / stepMs));
