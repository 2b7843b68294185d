import type { Clock } from '../../../src/core/clock.ts';

/** A clock that moves only when told to; periodic tasks run then. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function createManualClock(nowMs: number): ManualClock {
  let elapsedMs = 0;
  const tasks = new Set<{ readonly periodMs: number; readonly run: () => void; nextMs: number }>();
  return {
    nowMs: () => nowMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: () => Promise.resolve(),
    every(periodMs, run) {
      const task = { periodMs, run, nextMs: elapsedMs + periodMs };
      tasks.add(task);
      return () => tasks.delete(task);
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        const [next] = [...tasks].sort((a, b) => a.nextMs - b.nextMs);
        if (next === undefined || next.nextMs > untilMs) break;
        elapsedMs = next.nextMs;
        next.nextMs += next.periodMs;
        next.run();
      }
      elapsedMs = untilMs;
    },
  };
}
