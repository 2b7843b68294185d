import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { ScoreGroup } from '../core/score-group.ts';
import type { ModelCalibration } from '../diffusion/model.ts';
import type { ScoreOptions } from '../score/options.ts';
import { openingPValue } from './opening-p-value.ts';
import { scoreGroupsOf } from './score-groups.ts';

/** Options of the score room from the config and what was measured in calibration. */
export function scoreOptionsOf(
  config: PipelineConfig,
  measured: Pick<ScoreOptions, 'meanSquared' | 'slowMeanSquared' | 'referenceScores'> & {
    readonly rowsPerAlarm: number | null;
    /** Absent: none was measured. */
    readonly groupScores?: ModelCalibration['groupScores'];
  },
  pendingStatesMax: number,
): ScoreOptions {
  const { meanSquared, slowMeanSquared, referenceScores, rowsPerAlarm, groupScores = [] } = measured;
  const same = (a: ScoreGroup, b: ScoreGroup) => a.name === b.name && a.channels.join() === b.channels.join();
  // a group that was made up after the training learns what is ordinary from the feed
  const groups = scoreGroupsOf(config).flatMap((group) => {
    const known = groupScores.find((one) => same(one, group))?.referenceScores;
    // its channels never varied in training: nothing of it is scored, and it takes no share of the alarms
    return known?.length === 0 ? [] : [{ ...group, referenceScores: known ?? new Float64Array(0) }];
  });
  return {
    meanSquared,
    slowMeanSquared,
    referenceScores,
    groups,
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
