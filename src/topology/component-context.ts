import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { Clock } from '../core/clock.ts';
import type { ComponentContext } from '../core/component.ts';
import type { Limits } from '../core/limits.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { aheadOfArrivalMsMaxOf, channelsOf, planAheadMsOf } from './channels-of.ts';

export function limitsOf(config: PipelineConfig): Limits {
  const { limits } = config;
  const planAheadMs = planAheadMsOf(config);
  return {
    ...(planAheadMs === null ? {} : { planAheadMs }),
    messageBytesMax: limits.message_bytes_max,
    nestingMax: limits.nesting_max,
    seriesMax: limits.series_max,
    seriesNameCharsMax: limits.series_name_chars_max,
    futureMsMax: limits.future_ms_max,
    aheadOfArrivalMsMax: aheadOfArrivalMsMaxOf(config),
    deadLetterBytesMax: limits.dead_letter_bytes_max,
    inFlightWindowsMax: limits.in_flight_windows_max,
  };
}

export function componentContext(
  config: PipelineConfig,
  clock: Clock,
  resolvePath: (path: string) => string,
  telemetry: Telemetry,
): ComponentContext {
  return {
    pipeline: config.name,
    channels: channelsOf(config),
    limits: limitsOf(config),
    stepMs: config.window.step_ms,
    clock,
    telemetry,
    resolvePath,
  };
}
