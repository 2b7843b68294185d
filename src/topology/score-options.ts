import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { ScoreOptions } from '../score/options.ts';
import { openingPValue } from './opening-p-value.ts';

/** Options of the score room from the config and what was measured in calibration. */
export function scoreOptionsOf(
  config: PipelineConfig,
  measured: Pick<ScoreOptions, 'meanSquared' | 'slowMeanSquared' | 'referenceScores'> & {
    readonly rowsPerAlarm: number | null;
  },
  pendingStatesMax: number,
): ScoreOptions {
  const { meanSquared, slowMeanSquared, referenceScores, rowsPerAlarm } = measured;
  return {
    meanSquared,
    slowMeanSquared,
    referenceScores,
    halfLifeSteps: config.score.half_life_steps,
    slowHalfLifeSteps: config.score.slow_half_life_steps,
    memoryScores: config.score.memory_scores,
    heldOutRowsMax: config.score.held_out_steps_max,
    heldOutRatio: config.score.held_out_ratio,
    pValue: openingPValue(config, rowsPerAlarm),
    keepPValue: config.alert.keep_p_value,
    topChannels: config.score.top_channels,
    seriesMax: config.limits.series_max,
    pendingStatesMax,
  };
}
