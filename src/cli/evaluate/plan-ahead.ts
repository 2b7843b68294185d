import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { knownAheadOf } from '../../core/plan-reading.ts';
import type { Reading } from '../../core/reading.ts';
import type { GridSeries } from '../../diffusion/normal.ts';
import { channelsOf } from '../../topology/channels-of.ts';

/**
 * What a plan would have brought of recorded data: before each reading, of the rows up to the forecast horizon after it, the values of
 * the channels that are known ahead. Every row is told of once. Without such channels readings pass as they are.
 */
export function planAhead(
  series: readonly GridSeries[],
  config: PipelineConfig,
): (reading: Reading) => readonly Reading[] {
  const channels = knownAheadOf(channelsOf(config));
  if (channels.length === 0) return (reading) => [reading];
  const { step_ms: stepMs } = config.window;
  const { horizon_steps: horizon } = config.model;
  const width = config.channels.length;
  const bySeries = new Map(series.map((own) => [own.series, { own, told: 0 }]));
  return (reading) => {
    const plan = bySeries.get(reading.series);
    if (plan === undefined) return [reading];
    const { rows, startMs, values } = plan.own;
    const end = Math.min(rows, Math.floor((reading.timeMs - startMs) / stepMs) + horizon + 1);
    const out: Reading[] = [];
    for (let row = plan.told; row < end; row++) {
      const known = channels.filter((c) => !Number.isNaN(values[row * width + c] as number));
      if (known.length === 0) continue;
      const { series: name, position } = reading;
      const own = known.map((c) => values[row * width + c] as number);
      out.push({ series: name, timeMs: startMs + row * stepMs, channels: known, values: own, position });
    }
    plan.told = Math.max(plan.told, end);
    return [...out, reading];
  };
}
