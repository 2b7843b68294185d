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
  /** Of the newest message: messages come partition by partition. */
  #last: Seen | null = null;

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  seen({ topic, partition }: Pick<Position, 'topic' | 'partition'>): void {
    if (this.#last?.partition !== partition || this.#last.topic !== topic) this.#last = this.#seenOf(topic, partition);
    this.#last.atMs = this.#clock.monotonicMs();
    this.#last.flushed = false;
  }

  drop(at: Pick<Position, 'topic' | 'partition'>): void {
    this.#partitions.delete(partitionKey(at));
    this.#last = null;
  }

  #seenOf(topic: string, partition: number): Seen {
    const key = partitionKey({ topic, partition });
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    const seen = { topic, partition, atMs: 0, flushed: false };
    this.#partitions.set(key, seen);
    return seen;
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
