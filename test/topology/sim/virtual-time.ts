import type { Clock } from '../../../src/core/clock.ts';

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

interface Ticker {
  readonly periodMs: number;
  readonly task: () => void;
  nextMs: number;
}

const real = { setInterval, clearInterval };

/** Lets every promise that can settle without time passing do so. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Time that passes only when told to: for the pipeline's own clock and for RxJS alike, so that a run is a function of its
 * seed. One at a time: a new one takes the timers of the one before away, as a crash does.
 */
export class VirtualTime implements Clock {
  #ms = 0;
  #looks = 0;
  /** Looks at the clock, each a few milliseconds later within one step: whoever works in turns has them end. 0: work takes no time. */
  lookMs = 0;
  readonly #sleepers = new Set<Sleeper>();
  readonly #tickers = new Set<Ticker>();

  constructor() {
    // (node's own mock timers, in version 20, fire an interval once more after it was cleared in the same tick, and keep every call)
    const set = (task: (...args: unknown[]) => void, periodMs = 1, ...args: unknown[]) =>
      this.every(Math.max(1, periodMs), () => task(...args)) as unknown as NodeJS.Timeout;
    const clear = (cancel: unknown) => typeof cancel === 'function' && void cancel();
    Object.assign(globalThis, { setInterval: set, clearInterval: clear });
  }

  nowMs(): number {
    return 1_700_000_000_000 + this.#ms;
  }

  monotonicMs(): number {
    return this.lookMs === 0 ? this.#ms : this.#ms + ((this.#looks++ * this.lookMs) % 10);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { wakeMs: this.#ms + ms, wake };
      if (signal?.aborted) return resolve();
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  every(periodMs: number, task: () => void): () => void {
    const ticker = { periodMs, task, nextMs: this.#ms + periodMs };
    this.#tickers.add(ticker);
    return () => void this.#tickers.delete(ticker);
  }

  /** Lets `ms` pass in steps, and everything that follows from each step happen. */
  async pass(ms: number, stepMs = 10): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.#ms += stepMs;
      for (const sleeper of [...this.#sleepers]) if (sleeper.wakeMs <= this.#ms) sleeper.wake();
      for (const ticker of this.#tickers) {
        if (ticker.nextMs > this.#ms) continue;
        ticker.nextMs = this.#ms + ticker.periodMs;
        ticker.task();
      }
      await settle();
    }
  }

  /** Lets time pass until `done`, or fails after `maxMs`. */
  async until(what: string, done: () => boolean, maxMs = 120_000): Promise<void> {
    for (let passed = 0; !done(); passed += 10) {
      if (passed > maxMs) throw new Error(`${what}: not within ${maxMs} ms of virtual time`);
      await this.pass(10);
    }
  }
}

/** Gives the timers back; to be called after the last run of a test. */
export const stopTime = (): void => void Object.assign(globalThis, real);

export interface Watched<T> {
  state: 'running' | 'done' | 'failed';
  value?: T;
  error?: unknown;
}

/** A promise whose state can be asked for. */
export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { state: 'running' };
  promise.then(
    (value) => Object.assign(watched, { state: 'done', value }),
    (error: unknown) => Object.assign(watched, { state: 'failed', error }),
  );
  return watched;
}
