import type { Clock } from '../core/clock.ts';

/** Asks brokers again that have no answer yet, for about a minute. `giveUp`: nothing will change about this error. */
export async function askAgain(
  clock: Clock,
  ask: () => Promise<void>,
  giveUp: (error: unknown) => boolean = () => false,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt >= attemptsMax || giveUp(error)) throw error;
      await clock.sleep(Math.min(50 * 2 ** attempt, 1000));
    }
  }
}

const attemptsMax = 60;
