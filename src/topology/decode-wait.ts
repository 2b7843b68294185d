import type { Credits } from './credits.ts';

/**
 * The wait for what a decoder needs before a message. The source rests meanwhile, as without credits; a stop gives the wait up, and all
 * that is behind it: committed past it nothing may be, and the next start reads it again.
 */
export class DecodeWait {
  readonly #credits: Pick<Credits, 'hold'>;
  #isStopped = false;
  #giveUp: (() => void) | null = null;
  #hasGivenUp = false;

  constructor(credits: Pick<Credits, 'hold'>) {
    this.#credits = credits;
  }

  /** A message was left unread at a stop. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  /** Whether the message may be decoded. Rejects with what `ready` does. */
  async until(ready: Promise<void>): Promise<boolean> {
    const goOn = this.#credits.hold();
    try {
      const isReady = await new Promise<boolean>((resolve, reject) => {
        this.#giveUp = () => resolve(false);
        ready.then(() => resolve(true), reject);
        if (this.#isStopped) resolve(false);
      });
      this.#hasGivenUp = !isReady;
      return isReady;
    } finally {
      this.#giveUp = null;
      goOn();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#giveUp?.();
  }
}
