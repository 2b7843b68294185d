import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../core/clock.ts';
import type { Telemetry } from '../core/telemetry.ts';

const resolutionMs = 10;

/**
 * Observes, every `periodMs`, the longest delay of the event loop since the last time into `event_loop_delay_ms`. A mean
 * would hide the one stall that costs a heartbeat. Returns what ends it.
 */
export function watchEventLoop(telemetry: Telemetry, clock: Clock, periodMs = 1000): () => void {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const stop = clock.every(periodMs, () => {
    // Without a sample the maximum is meaningless.
    if (delays.count > 0) telemetry.observe('event_loop_delay_ms', longestDelayMs(delays.max));
    delays.reset();
  });
  return () => {
    stop();
    delays.disable();
  };
}

/** The monitor counts nanoseconds between two ticks of its own timer, the timer's period included. */
const longestDelayMs = (maxNs: number): number => Math.max(0, maxNs / 1e6 - resolutionMs);
