import type { Clock } from '../../src/core/clock.ts';

/** A clock whose time passes as soon as nobody has anything else to do: sleepers wake in the order of their times. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  /** Every sleep asked for, in ms. */
  readonly slept: readonly number[];
}

/** Turns of the event loop in which others may still ask for an earlier time. */
const GRACE_TURNS = 4;

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

export function fakeClock(startMs = Date.parse('2026-06-01T00:00:00Z')): FakeClock {
  let passedMs = 0;
  let ticking = false;
  const slept: number[] = [];
  const sleepers = new Set<Sleeper>();
  const tick = (turns: number) => {
    if (turns > 0) return void setImmediate(tick, turns - 1);
    const next = [...sleepers].sort((a, b) => a.wakeMs - b.wakeMs)[0];
    if (next !== undefined) {
      passedMs = Math.max(passedMs, next.wakeMs);
      next.wake();
    }
    ticking = sleepers.size > 0;
    if (ticking) setImmediate(tick, GRACE_TURNS);
  };
  return {
    nowMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    advance: (ms) => {
      passedMs += ms;
    },
    slept,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { wakeMs: passedMs + ms, wake };
        slept.push(ms);
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
        if (!ticking) {
          ticking = true;
          setImmediate(tick, GRACE_TURNS);
        }
      }),
    every: () => () => {},
  };
}
