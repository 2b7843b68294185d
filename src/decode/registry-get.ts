import type { Clock } from '../core/clock.ts';
import { exchange } from '../core/exchange.ts';
import type { RegistryOptions } from './registry-options.ts';

export type RegistryAnswer =
  | { readonly kind: 'found'; readonly body: Readonly<Record<string, unknown>> }
  /** The registry says that it has no such schema. */
  | { readonly kind: 'unknown' }
  /** Down, busy or silent: ask again. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** It will never answer this: a wrong login, or no registry at all. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface GetOptions {
  readonly registry: RegistryOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A schema of more bytes than this is not taken. */
const answerBytesMax = 2_097_152;
const retriedStatus = new Set([408, 425, 429]);
/** What registries say besides HTTP 404: no such subject, version, schema. */
const unknownCodes: ReadonlySet<unknown> = new Set([40401, 40402, 40403]);

/** Asks the registry once. Settles within the deadline and never rejects; redirects are refused: they would be given the login. */
export async function registryGet(path: string, { registry, clock, signal }: GetOptions): Promise<RegistryAnswer> {
  const url = `${registry.url.replace(/\/+$/, '')}${path}`;
  const headers = { accept: 'application/vnd.schemaregistry.v1+json, application/json', ...login(registry) };
  const exchanged = await exchange(
    async (cut): Promise<RegistryAnswer> => {
      const response = await fetch(url, { headers, signal: cut, redirect: 'manual' });
      return answerOf(response.status, await textOf(response));
    },
    { timeoutMs: registry.timeout_ms, clock, signal },
  );
  return 'answer' in exchanged ? exchanged.answer : { kind: 'unavailable', reason: exchanged.failure };
}

const login = ({ username, password }: RegistryOptions): Readonly<Record<string, string>> =>
  username === undefined && password === undefined
    ? {}
    : { authorization: `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}` };

function answerOf(status: number, text: string | null): RegistryAnswer {
  if (text === null) return { kind: 'refused', reason: `an answer of more than ${answerBytesMax} bytes` };
  const body = objectOf(text);
  if (status === 200 && body !== null) return { kind: 'found', body };
  if (status === 404 && unknownCodes.has(body?.error_code)) return { kind: 'unknown' };
  if (status >= 500 || retriedStatus.has(status)) return { kind: 'unavailable', reason: `HTTP ${status}` };
  return { kind: 'refused', reason: `HTTP ${status}${body === null ? ', not as a schema registry answers' : ''}` };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** null: it is too large; the rest is not read. */
async function textOf(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > answerBytesMax) return null;
  }
  return text;
}
