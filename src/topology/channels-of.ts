import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { Channel } from '../core/channel.ts';

/** The channels of a pipeline file as the rooms know them. */
export const channelsOf = ({ channels }: Pick<PipelineConfig, 'channels'>): Channel[] =>
  channels.map(({ known_ahead: knownAhead, ...channel }) => (knownAhead ? { ...channel, knownAhead } : channel));

/** How far ahead of event time plans are kept, milliseconds; null: no channel is known ahead. */
export function planAheadMsOf({
  channels,
  window,
  model,
}: Pick<PipelineConfig, 'channels' | 'window' | 'model'>): number | null {
  if (!channels.some(({ known_ahead }) => known_ahead)) return null;
  return window.plan_ahead_ms > 0 ? window.plan_ahead_ms : 2 * model.horizon_steps * window.step_ms;
}
