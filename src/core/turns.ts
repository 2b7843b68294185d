import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** Work goes on for this long before timers, sockets and workers get their turn. Five rooms may each take one in a row. */
const turnMsMax = 3;

/**
 * Long work beside sockets and timers, cut into turns: whoever works through many things asks before each whether the turn is over, and
 * then lets the others run. A heartbeat, or a fetch, waits no longer than a turn and one thing more.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #sinceMs: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  get isOver(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (Number.isNaN(this.#sinceMs)) this.#sinceMs = nowMs;
    return nowMs - this.#sinceMs > turnMsMax;
  }

  /** A new turn begins when it is asked for the next time. */
  begin(): void {
    this.#sinceMs = Number.NaN;
  }

  /** Lets the others run; resolves when a new turn begins. */
  async pass(): Promise<void> {
    await setImmediate();
    this.#sinceMs = this.#clock.monotonicMs();
  }
}
