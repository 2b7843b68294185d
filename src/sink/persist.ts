import pRetry from 'p-retry';
import { DriftcastError, messageOf } from '../core/errors.ts';

export interface PersistOptions {
  /** "writing to InfluxDB at http://host:8086": begins the error's message. */
  readonly what: string;
  /** How long to go on; 0 tries once. */
  readonly retryMsMax: number;
  /** First pause; it doubles with every attempt, with jitter, up to `delayMsMax`. */
  readonly delayMs?: number;
  readonly delayMsMax?: number;
  /** Gives up at once. */
  readonly signal: AbortSignal;
  readonly onFailedAttempt: (reason: string, attempt: number) => void;
}

interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
}

/** Repeats a call for as long as it answers `unavailable`. Rejects with a retryable SINK_FAILED when the time is up. */
export async function persist<Answer extends { readonly kind: string }>(
  call: () => Promise<Answer | Unavailable>,
  { what, retryMsMax, delayMs = 200, delayMsMax = 10_000, signal, onFailedAttempt }: PersistOptions,
): Promise<Answer> {
  const attempt = async () => {
    const answer = await call();
    if (answer.kind === 'unavailable') throw new Error((answer as Unavailable).reason);
    return answer as Answer;
  };
  try {
    return await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      maxRetryTime: retryMsMax,
      minTimeout: delayMs,
      maxTimeout: delayMsMax,
      randomize: true,
      signal,
      onFailedAttempt: ({ error, attemptNumber }) => onFailedAttempt(error.message, attemptNumber),
    });
  } catch (error) {
    const [why, hint] = signal.aborted
      ? ['closed while it was trying', 'Nothing is lost: what was not delivered was not committed.']
      : [
          `gave up after ${retryMsMax} ms: ${messageOf(error)}`,
          'Check that the server runs and is reachable; retry_ms_max sets how long to wait for it.',
        ];
    throw new DriftcastError('SINK_FAILED', `${what}: ${why}`, { retryable: true, hint });
  }
}
