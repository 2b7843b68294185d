import type { Clock } from '../core/clock.ts';
import { Turns } from '../core/turns.ts';
import type { Credits } from './credits.ts';

export interface VisitPumpParts {
  readonly credits: Pick<Credits, 'hold' | 'whenRoom'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Whether there is still something to visit. */
  readonly isDue: () => boolean;
  /** Visits until the turn is over. `arrivedMs`: when the message came that made it due. */
  readonly visit: (arrivedMs: number | null) => void;
}

/**
 * The windows that one message completes for all series of its partition are made in turns, no more at once than may be in flight.
 * The source rests meanwhile.
 */
export class VisitPump {
  readonly #parts: VisitPumpParts;
  readonly #turns: Turns;
  #isRunning = false;
  #isStopped = false;

  constructor(parts: VisitPumpParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.clock);
  }

  readonly isOver = (): boolean => this.#turns.isOver;

  /** A turn begins, with the first thing that is done in it. */
  beginTurn(): void {
    this.#turns.begin();
  }

  /** Goes on until nothing is due. */
  start(arrivedMs: number | null): void {
    if (!this.#isRunning) void this.#run(arrivedMs);
  }

  /** What is still due is read again by whoever comes next. */
  stop(): void {
    this.#isStopped = true;
  }

  async #run(arrivedMs: number | null): Promise<void> {
    const { credits, isDue, visit } = this.#parts;
    this.#isRunning = true;
    const goOn = credits.hold();
    while (isDue() && !this.#isStopped) {
      await this.#turns.pass();
      await credits.whenRoom();
      if (!this.#isStopped) visit(arrivedMs);
    }
    this.#isRunning = false;
    goOn();
  }
}
