import type { CreditGate } from '../core/component.ts';

/**
 * Counts what is in flight between source and sink. The source emits only while credits are free; delivery gives them back.
 * One message may complete windows of many series, so the limit can be overshot by what is made of it in one turn.
 */
export class Credits implements CreditGate {
  readonly limit: number;
  #inFlight = 0;
  #holds = 0;
  readonly #waiting = new Set<() => void>();
  readonly #waitingForRoom: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many wait for `whenFree`. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get free(): boolean {
    return this.#holds === 0 && this.#hasRoom;
  }

  get #hasRoom(): boolean {
    return this.#inFlight < this.limit;
  }

  /** No credit is free until the returned function is called, whatever is in flight. */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      this.#wake();
    };
  }

  take(count: number): void {
    this.#inFlight += count;
  }

  give(count: number): void {
    this.#inFlight -= count;
    this.#wake();
  }

  whenFree(signal?: AbortSignal): Promise<void> {
    if (this.free || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        // a source that waits in slices aborts many times during one outage: none of them may stay here
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Resolves when less than the limit is in flight, whoever holds the credits back. */
  whenRoom(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waitingForRoom.push(resolve);
    });
  }

  #wake(): void {
    if (this.#hasRoom) for (const wake of this.#waitingForRoom.splice(0)) wake();
    if (this.free) for (const wake of [...this.#waiting]) wake();
  }
}
