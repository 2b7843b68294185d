import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { ScoreGroup } from '../core/score-group.ts';

/** The group of measured channels that no other names. */
export const restGroup = 'rest';

/** Channels that are judged together, as the config has them; none: all of them are. */
export function scoreGroupsOf({ score, channels }: Pick<PipelineConfig, 'score' | 'channels'>): ScoreGroup[] {
  if (score.groups.length === 0) return [];
  const groups = score.groups.map(({ name, channels: names }) => ({
    name,
    channels: channels.flatMap((channel, index) => (names.includes(channel.name) ? [index] : [])),
  }));
  const named = new Set(groups.flatMap((group) => group.channels));
  const rest = channels.flatMap(({ kind }, index) => (kind === 'gauge' && !named.has(index) ? [index] : []));
  return rest.length === 0 ? groups : [...groups, { name: restGroup, channels: rest }];
}
