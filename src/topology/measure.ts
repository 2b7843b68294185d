import type { BufferFill } from '../core/buffer-fill.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { WindowAssembler } from '../window/assembler.ts';

/** Event time against the wall clock, how full the buffers are, and the state that a crash now would go back to; null: none is kept. */
export function measure(
  telemetry: Telemetry,
  nowMs: number,
  assembler: Pick<WindowAssembler, 'watermarks'>,
  state: { readonly series: number; readonly savedMs: number | null } | null,
  buffers: readonly BufferFill[],
): void {
  for (const { buffer, entries, entriesMax } of buffers) {
    telemetry.gauge('buffer_entries', entries, { buffer });
    telemetry.gauge('buffer_entries_max', entriesMax, { buffer });
  }
  for (const { topic, partition, watermarkMs } of assembler.watermarks())
    telemetry.gauge('watermark_lag_ms', nowMs - watermarkMs, { topic, partition: String(partition) });
  if (state === null) return;
  telemetry.gauge('state_series', state.series);
  if (state.savedMs !== null) telemetry.gauge('state_age_ms', nowMs - state.savedMs);
}

/** The partition is somebody else's: what was measured of it would stand still. */
export function unmeasure(
  telemetry: Telemetry,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): void {
  for (const name of ['watermark_lag_ms', 'low_water_offset', 'lag_messages'] as const)
    telemetry.gauge(name, null, { topic, partition: String(partition) });
}
