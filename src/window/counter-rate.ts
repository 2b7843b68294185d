/** A counter as it was read. */
export interface CounterReading {
  readonly timeMs: number;
  readonly value: number;
}

/**
 * What a counter grew by each second between two readings, the gap between them included; NaN where that is longer than `gapMsMax`. A
 * counter that fell was restarted from zero, unless a wrap at `wrapsAt` explains the fall with growth of less than half of that.
 */
export function counterRate(
  before: CounterReading,
  now: CounterReading,
  wrapsAt: number | undefined,
  gapMsMax: number,
): number {
  const elapsedMs = now.timeMs - before.timeMs;
  if (!(elapsedMs > 0 && elapsedMs <= gapMsMax)) return Number.NaN;
  const growth = Math.min(Number.MAX_VALUE, (grownBy(before.value, now.value, wrapsAt) / elapsedMs) * 1000);
  return Math.max(0, growth);
}

function grownBy(before: number, now: number, wrapsAt: number | undefined): number {
  if (now >= before) return now - before;
  const wrapped = wrapsAt === undefined ? Number.NaN : now + wrapsAt - before;
  return wrapped >= 0 && wrapped < (wrapsAt ?? 0) / 2 ? wrapped : now;
}
