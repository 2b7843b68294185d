import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';

export interface ExchangeOptions {
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** A whole answer, or why there is none. */
export type Exchanged<T> = { readonly answer: T } | { readonly failure: string };

/**
 * Runs one request with a deadline of its own for request and answer together. Settles in time whatever `request` does, and
 * never rejects: the texts of failures carry their causes and no headers.
 */
export async function exchange<T>(
  request: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, clock, signal }: ExchangeOptions,
): Promise<Exchanged<T>> {
  const settled = new AbortController();
  const cut = new AbortController();
  const breakOff = () => cut.abort();
  signal.addEventListener('abort', breakOff, { once: true });
  if (signal.aborted) breakOff();
  const expired = clock.sleep(timeoutMs, settled.signal).then((): Exchanged<T> => {
    if (!settled.signal.aborted) cut.abort();
    return { failure: `no complete answer within ${timeoutMs} ms` };
  });
  try {
    return await Promise.race([attempt(request, cut.signal), expired]);
  } finally {
    settled.abort();
    signal.removeEventListener('abort', breakOff);
  }
}

async function attempt<T>(request: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Exchanged<T>> {
  try {
    return { answer: await request(signal) };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
    return { failure: `${messageOf(error)}${cause}` };
  }
}
