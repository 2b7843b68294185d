import type { BufferFill, BufferName } from './buffer-fill.ts';

interface Entry<T> {
  readonly timeMs: number;
  readonly state: T;
}

/**
 * States of series as they were at a point of event time, kept from the moment a result leaves a room until its delivery
 * is known: only the state of what is delivered may be made durable. At most `entriesMax` are kept over all series; beyond,
 * the one that waits longest is forgotten, and its `take` answers null (the snapshot before it stays the newest).
 */
export class PendingStates<T> {
  private readonly entries = new Map<string, Entry<T>[]>();
  private count = 0;

  constructor(private readonly entriesMax: number) {}

  /** How full it is, as a buffer of that name. */
  fill(buffer: BufferName): BufferFill {
    return { buffer, entries: this.count, entriesMax: this.entriesMax };
  }

  get size(): number {
    return this.count;
  }

  /** `timeMs` must not be older than the series' last one; the same time again replaces it. */
  put(series: string, timeMs: number, state: T): void {
    if (this.entriesMax < 1) return;
    const queue = this.entries.get(series);
    const last = queue?.at(-1);
    if (queue !== undefined && last !== undefined && last.timeMs >= timeMs) {
      // The partition was rewound: what was built before is void.
      const kept = queue.filter((entry) => entry.timeMs < timeMs);
      this.count -= queue.length - kept.length;
      queue.splice(0, queue.length, ...kept);
    }
    if (queue === undefined) this.entries.set(series, [{ timeMs, state }]);
    else queue.push({ timeMs, state });
    this.count++;
    if (this.count > this.entriesMax) this.dropOldest();
  }

  /**
   * The state of `series` as of `timeMs`: the newest one put at or before it, since what put none (a window that failed, say)
   * changed nothing. null if none is known (any more). It and the older ones are forgotten.
   */
  take(series: string, timeMs: number): T | null {
    const queue = this.entries.get(series);
    if (queue === undefined) return null;
    const after = queue.findIndex((entry) => entry.timeMs > timeMs);
    const taken = queue.splice(0, after === -1 ? queue.length : after);
    this.count -= taken.length;
    if (queue.length === 0) this.entries.delete(series);
    return taken.at(-1)?.state ?? null;
  }

  /** `series` is delivered as of `timeMs`: what `take` will not be asked for any more is forgotten. */
  passed(series: string, timeMs: number): void {
    const queue = this.entries.get(series);
    if (queue === undefined) return;
    let older = 0;
    while (older + 1 < queue.length && (queue[older + 1] as Entry<T>).timeMs <= timeMs) older++;
    if (older > 0) queue.splice(0, older);
    this.count -= older;
  }

  forget(series: string): void {
    this.count -= this.entries.get(series)?.length ?? 0;
    this.entries.delete(series);
  }

  /** A Map keeps the order of insertion: its first series is the one whose states nobody took for longest. */
  private dropOldest(): void {
    for (const [series, queue] of this.entries) {
      queue.shift();
      this.count--;
      if (queue.length === 0) this.entries.delete(series);
      return;
    }
  }
}
