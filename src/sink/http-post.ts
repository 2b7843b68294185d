import type { Clock } from '../core/clock.ts';
import { exchange } from '../core/exchange.ts';

export type PostAnswer =
  | { readonly kind: 'done' }
  /** The receiver will never take this. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Down, busy or silent: try again. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const answerCharsMax = 300;
const retriedStatus = new Set([408, 425, 429]);

/**
 * Posts JSON once. Settles within the deadline, answer included, and never rejects. Redirects are refused: following them
 * would hand the credentials of the headers to whoever is named there.
 */
export async function postJson(
  { url, headers, timeoutMs }: PostOptions,
  body: unknown,
  clock: Clock,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const exchanged = await exchange((cut) => post(url, headers, JSON.stringify(body), cut), {
    timeoutMs,
    clock,
    signal,
  });
  return 'answer' in exchanged ? exchanged.answer : { kind: 'unavailable', reason: exchanged.failure };
}

async function post(
  url: string,
  headers: PostOptions['headers'],
  body: string,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
    signal,
    redirect: 'manual',
  });
  const text = await startOf(response);
  if (response.ok) return { kind: 'done' };
  const reason = `HTTP ${response.status}${text === '' ? '' : `: ${text}`}`;
  const again = response.status >= 500 || retriedStatus.has(response.status);
  return { kind: again ? 'unavailable' : 'refused', reason };
}

/** The first characters of the answer; the rest is not read, however long it is. */
async function startOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= answerCharsMax) break;
  }
  return text.slice(0, answerCharsMax).trim();
}
