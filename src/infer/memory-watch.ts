import type { Clock } from '../core/clock.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { outgrown, type WorkerMemory } from './worker-memory.ts';

/** Between two replacements: where a new worker is soon as large, most of the time is still spent on work. */
const replaceMsMin = 60_000;

/** What the workers of a pool hold, as metrics, and which of them is to be replaced because it has grown. */
export class MemoryWatch {
  readonly #residentBytesMax: number;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #atStart = new Map<number, WorkerMemory>();
  #replacedMs = Number.NEGATIVE_INFINITY;

  /** @param residentBytesMax 0: any may be held */
  constructor(residentBytesMax: number, clock: Clock, telemetry: Telemetry) {
    this.#residentBytesMax = residentBytesMax;
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  started(worker: number, memory: WorkerMemory | undefined): void {
    if (memory !== undefined) this.#atStart.set(worker, memory);
  }

  /** After a batch: whether the worker should be replaced before the next one. At most one of the pool a minute. */
  hasOutgrown(worker: number, now: WorkerMemory | undefined): boolean {
    if (now === undefined) return false;
    this.#show(worker, now);
    const grown = outgrown(now, this.#atStart.get(worker) ?? now, this.#residentBytesMax);
    if (grown === null || this.#clock.monotonicMs() - this.#replacedMs < replaceMsMin) return false;
    this.#replacedMs = this.#clock.monotonicMs();
    this.#telemetry.count('workers_outgrown_total', 1, { reason: grown.reason });
    this.#telemetry.log('warn', 'a worker has grown and is replaced', { worker, detail: grown.detail });
    return true;
  }

  ended(worker: number): void {
    this.#atStart.delete(worker);
    this.#show(worker, { residentBytes: null, tensors: null });
  }

  #show(worker: number, { residentBytes, tensors }: WorkerMemory): void {
    const labels = { worker: String(worker) };
    this.#telemetry.gauge('worker_resident_bytes', residentBytes, labels);
    this.#telemetry.gauge('worker_tensors', tensors, labels);
  }
}
