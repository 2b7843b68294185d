import type { Kafka } from 'kafkajs';
import type { Clock } from '../core/clock.ts';
import { type ClientError, isPassing } from './kafka-passing.ts';

export interface MakeTopicsOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** How often the brokers are asked, a second apart. */
  readonly attemptsMax: number;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

const pauseMs = 1000;

/**
 * Makes the topics that are not there. True: they are, or the brokers have said that they will not make them, and they may
 * be there all the same. False: the brokers could not be asked, and should be another time. Never rejects.
 *
 * kafkajs gives up at the first failure: a broker that was just restarting would leave the topics unmade.
 */
export async function makeTopics(
  kafka: Pick<Kafka, 'admin'>,
  topics: readonly string[],
  { clock, attemptsMax, signal }: MakeTopicsOptions,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.createTopics({ topics: topics.map((topic) => ({ topic })), waitForLeaders: true });
      return true;
    } catch (error) {
      if (isRefusal(error)) return true;
      if (!isPassing(error) || attempt >= attemptsMax || signal.aborted) return false;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) return false;
  }
}

/** Without the right to create them, or against a policy. */
const isRefusal = (error: unknown): boolean =>
  (error as ClientError | null)?.errors?.every(({ retriable }) => retriable === false) === true;
