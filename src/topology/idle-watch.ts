import type { Clock } from '../core/clock.ts';
import { type Position, partitionKey } from '../core/record.ts';

interface Seen {
  readonly topic: string;
  readonly partition: number;
  atMs: number;
  flushed: boolean;
}

/** Notices, by the wall clock, partitions without messages, so that their last rows do not stay open for ever. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #partitions = new Map<string, Seen>();

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  seen({ topic, partition }: Pick<Position, 'topic' | 'partition'>): void {
    const key = partitionKey({ topic, partition });
    const known = this.#partitions.get(key);
    if (known === undefined)
      this.#partitions.set(key, { topic, partition, atMs: this.#clock.monotonicMs(), flushed: false });
    else {
      known.atMs = this.#clock.monotonicMs();
      known.flushed = false;
    }
  }

  drop(at: Pick<Position, 'topic' | 'partition'>): void {
    this.#partitions.delete(partitionKey(at));
  }

  /** Partitions that have become idle since the last call. `blocked`: the source waits for credits, so silence means nothing. */
  take(blocked: boolean): { readonly topic: string; readonly partition: number }[] {
    const nowMs = this.#clock.monotonicMs();
    const idle: Seen[] = [];
    for (const seen of this.#partitions.values()) {
      if (blocked) seen.atMs = nowMs;
      else if (!seen.flushed && nowMs - seen.atMs >= this.#idleMs) {
        seen.flushed = true;
        idle.push(seen);
      }
    }
    return idle;
  }
}
