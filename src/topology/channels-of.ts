import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { Channel } from '../core/channel.ts';

/** The channels of a pipeline file as the rooms know them. */
export const channelsOf = ({ channels }: Pick<PipelineConfig, 'channels'>): Channel[] =>
  channels.map(({ known_ahead: knownAhead, wraps_at: wrapsAt, ...channel }) => ({
    ...channel,
    ...(knownAhead ? { knownAhead } : {}),
    ...(wrapsAt > 0 ? { wrapsAt } : {}),
  }));

/** How far ahead of its arrival a reading may be, milliseconds. */
export const aheadOfArrivalMsMaxOf = ({ window }: Pick<PipelineConfig, 'window'>): number =>
  window.ahead_of_arrival_ms_max > 0
    ? window.ahead_of_arrival_ms_max
    : Math.ceil(window.length_steps / 4) * window.step_ms;

/** How far ahead of event time plans are kept, milliseconds; null: no channel is known ahead. */
export function planAheadMsOf({
  channels,
  window,
  model,
}: Pick<PipelineConfig, 'channels' | 'window' | 'model'>): number | null {
  if (!channels.some(({ known_ahead }) => known_ahead)) return null;
  return window.plan_ahead_ms > 0 ? window.plan_ahead_ms : 2 * model.horizon_steps * window.step_ms;
}
