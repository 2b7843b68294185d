import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { byReference, type OfReferences } from '../core/reference-names.ts';
import type { ScoreGroup } from '../core/score-group.ts';
import type { ModelCalibration, OrdinaryScores } from '../diffusion/model.ts';
import type { ScoreBasis, ScoreOptions } from '../score/options.ts';
import { openingPValue } from './opening-p-value.ts';
import { scoreGroupsOf } from './score-groups.ts';

/** What was measured of a way of scoring. */
type Measured = Pick<ScoreBasis, 'meanSquared' | 'slowMeanSquared' | 'referenceScores'> & {
  /** Absent: none was measured. */
  readonly groupScores?: OrdinaryScores['groupScores'];
};

/** Options of the score room from the config and what was measured in calibration. */
export function scoreOptionsOf(
  config: PipelineConfig,
  measured: Measured & {
    readonly rowsPerAlarm: number | null;
    /** Absent: none stand beside it. */
    readonly references?: OfReferences<Measured>;
  },
  pendingStatesMax: number,
): ScoreOptions {
  const { meanSquared, slowMeanSquared, referenceScores, rowsPerAlarm, groupScores = [], references } = measured;
  // a group that was made up after the training learns what is ordinary from the feed
  const groups = scoreGroupsOf(config).flatMap((group) => {
    const known = knownScores(groupScores, group);
    // its channels never varied in training: nothing of it is scored, and it takes no share of the alarms
    return known?.length === 0 ? [] : [{ ...group, referenceScores: known ?? new Float64Array(0) }];
  });
  const beside = ({ groupScores: own = [], ...basis }: Measured): ScoreBasis => ({
    ...basis,
    // one that knows a night alone takes the day for an anomaly: none is in alarm before it remembers as much as the model did at its start
    learnScoresMin: referenceScores.length,
    groups: groups.map((group) => ({ ...group, referenceScores: knownScores(own, group) ?? new Float64Array(0) })),
  });
  return {
    meanSquared,
    slowMeanSquared,
    referenceScores,
    groups,
    ...(references === undefined ? {} : { references: byReference((name) => beside(references[name])) }),
    referencesSeriesMax: config.score.references_series_max,
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

const knownScores = (scores: OrdinaryScores['groupScores'], { name, channels }: ScoreGroup): Float64Array | undefined =>
  scores.find((one) => one.name === name && one.channels.join() === channels.join())?.referenceScores;

/** What is ordinary for the plain methods beside the model: squares as the model has them, and of z 1; they learn scores that the model lacks. */
export const referencesOf = ({ residualLevel, references }: ModelCalibration): OfReferences<Measured> => {
  const { score: level } = residualLevel;
  const meanSquared = { ridge_var: level, z_score: new Float64Array(level.length).fill(1) };
  return byReference((name) => ({
    meanSquared: meanSquared[name],
    slowMeanSquared: new Float64Array(level.length).fill(Number.NaN),
    referenceScores: new Float64Array(0),
    ...references?.[name],
  }));
};
