import type { Clock } from '../core/clock.ts';
import { FairQueue } from './fair-queue.ts';

export interface BatcherOptions<T> {
  /** Items of one batch. */
  readonly sizeMax: number;
  /** How long an item waits for company. */
  readonly waitMsMax: number;
  /** Batches that run side by side; what comes beyond waits here, where it can still be put together with others. */
  readonly batchesMax: number;
  readonly clock: Clock;
  /** @param waitedMs how long the one waited that waited longest. Must not reject. */
  readonly run: (items: readonly T[], waitedMs: number) => Promise<void>;
}

interface Waiting<T> {
  readonly item: T;
  readonly sinceMs: number;
}

/**
 * Dynamic batching: items of many series go together as soon as there are enough of them or one has waited long enough, and not before
 * somebody is there to take them. Series take turns. What waits here is bounded by the credits of the topology.
 */
export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  readonly #queue = new FairQueue<Waiting<T>>();
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting<T>>();
  #running = 0;
  #alarm: AbortController | null = null;
  #closed = false;

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  /** Items that no batch has taken. */
  get size(): number {
    return this.#queue.size;
  }

  /** Whether nobody can take another batch. */
  get isFull(): boolean {
    return this.#running >= this.#options.batchesMax;
  }

  push(series: string, item: T): void {
    const waiting = { item, sinceMs: this.#options.clock.monotonicMs() };
    this.#waiting.add(waiting);
    this.#queue.push(series, waiting);
    this.#dispatch();
  }

  /** Nothing more is begun. */
  close(): void {
    this.#closed = true;
    this.#alarm?.abort();
  }

  #dispatch(): void {
    const { sizeMax, waitMsMax, batchesMax, clock } = this.#options;
    while (!this.#closed && this.#running < batchesMax) {
      const [oldest] = this.#waiting;
      if (oldest === undefined) return;
      const waitedMs = clock.monotonicMs() - oldest.sinceMs;
      if (this.#queue.size < sizeMax && waitedMs < waitMsMax) {
        this.#wakeIn(waitMsMax - waitedMs);
        return;
      }
      this.#begin(waitedMs);
    }
  }

  #begin(waitedMs: number): void {
    const taken = this.#queue.take(this.#options.sizeMax);
    for (const waiting of taken) this.#waiting.delete(waiting);
    this.#running++;
    const items = taken.map(({ item }) => item);
    void this.#options.run(items, waitedMs).then(() => {
      this.#running--;
      this.#dispatch();
    });
  }

  #wakeIn(ms: number): void {
    if (this.#alarm !== null) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    void this.#options.clock.sleep(ms, alarm.signal).then(() => {
      this.#alarm = null;
      this.#dispatch();
    });
  }
}
