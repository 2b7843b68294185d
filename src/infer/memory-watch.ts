import type { Clock } from '../core/clock.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { outgrown, type WorkerMemory } from './worker-memory.ts';

/** Between two replacements: whatever is wrong, most of the time is still spent on work. */
const replaceMsMin = 60_000;
/** Batches after which a worker holds what its batches need: buffers grow to the largest one and stay. */
const settledBatches = 20;
/** Where that is more than a worker may hold, it may grow by so much: a new one would be as large. */
const settledGrowth = 1.5;

interface Held {
  readonly atStart: WorkerMemory;
  batches: number;
  /** Most of the first batches. */
  settledBytes: number;
}

/** What the workers of a pool hold, as metrics, and which of them is to be replaced because it has grown. */
export class MemoryWatch {
  readonly #residentBytesMax: number;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #held = new Map<number, Held>();
  #replacedMs = Number.NEGATIVE_INFINITY;

  /** @param residentBytesMax 0: any may be held */
  constructor(residentBytesMax: number, clock: Clock, telemetry: Telemetry) {
    this.#residentBytesMax = residentBytesMax;
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  started(worker: number, memory: WorkerMemory | undefined): void {
    if (memory !== undefined) this.#held.set(worker, { atStart: memory, batches: 0, settledBytes: 0 });
  }

  /** After a batch: whether the worker should be replaced before the next one. At most one of the pool a minute. */
  hasOutgrown(worker: number, now: WorkerMemory | undefined): boolean {
    const held = this.#held.get(worker);
    if (now === undefined || held === undefined) return false;
    this.#show(worker, now);
    const grown = outgrown(now, held.atStart, this.#settle(worker, held, now));
    if (grown === null || this.#clock.monotonicMs() - this.#replacedMs < replaceMsMin) return false;
    this.#replacedMs = this.#clock.monotonicMs();
    this.#telemetry.count('workers_outgrown_total', 1, { reason: grown.reason });
    this.#telemetry.log('warn', 'a worker has grown and is replaced', { worker, detail: grown.detail });
    return true;
  }

  /** What it may hold: infinity until its size is known. */
  #settle(worker: number, held: Held, { residentBytes }: WorkerMemory): number {
    const max = this.#residentBytesMax;
    if (residentBytes === null || max === 0) return Number.POSITIVE_INFINITY;
    if (++held.batches > settledBatches) return held.settledBytes > max ? settledGrowth * held.settledBytes : max;
    held.settledBytes = Math.max(held.settledBytes, residentBytes);
    if (held.batches === settledBatches && held.settledBytes > max)
      this.#telemetry.log(
        'warn',
        'batches need more memory than infer.worker_memory_mb_max: lower infer.batch_windows_max',
        {
          worker,
          residentBytes: held.settledBytes,
          residentBytesMax: max,
        },
      );
    return Number.POSITIVE_INFINITY;
  }

  ended(worker: number): void {
    this.#held.delete(worker);
    this.#show(worker, { residentBytes: null, tensors: null });
  }

  #show(worker: number, { residentBytes, tensors }: WorkerMemory): void {
    const labels = { worker: String(worker) };
    this.#telemetry.gauge('worker_resident_bytes', residentBytes, labels);
    this.#telemetry.gauge('worker_tensors', tensors, labels);
  }
}
