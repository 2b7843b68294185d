import type { Clock } from '../core/clock.ts';

/** Says in how many milliseconds an event time is due; 0 or less: now. */
export type Pace = (timeMs: number) => number;

/** Timers overflow beyond 24 days. */
const SLEEP_MS_MAX = 3_600_000;

/**
 * Plays event time back at `speed` times real time from the first event on; with speed 0 everything is due at once. Events
 * that come late or out of order are due at once too. The schedule is absolute: a slow consumer does not make it drift.
 */
export function createPace(clock: Clock, speed: number): Pace {
  let originMs: number | null = null;
  let startedMs = 0;
  return (timeMs) => {
    if (speed === 0) return 0;
    if (originMs === null) {
      originMs = timeMs;
      startedMs = clock.monotonicMs();
    }
    return startedMs + (timeMs - originMs) / speed - clock.monotonicMs();
  };
}

/** A pace that never runs ahead of the wall clock: history at `speed`, then, having caught up, in real time. */
export function createLivePace(clock: Clock, speed: number): Pace {
  const pace = createPace(clock, speed);
  return (timeMs) => Math.max(pace(timeMs), timeMs - clock.nowMs());
}

/** Waits until `timeMs` is due or the signal aborts. Waits under a millisecond are skipped: a timer would round them up. */
export async function untilDue(pace: Pace, timeMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let waitMs = pace(timeMs); waitMs >= 1 && !signal.aborted; waitMs = pace(timeMs)) {
    await clock.sleep(Math.min(waitMs, SLEEP_MS_MAX), signal);
  }
}
