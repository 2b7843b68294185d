import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import type { TlsFiles } from '../../core/tls-files.ts';
import { getOnce } from './http-get.ts';

export interface InfluxServer {
  readonly url: string;
  readonly database: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly tls?: TlsFiles | undefined;
}

/** Rows of one series of an answer, as the server sends them. */
export interface InfluxSeries {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

const chunkRows = 5000;
const silentMsMax = 60_000;
const refusalCharsMax = 500;
const hintOf = (url: string) => `Check that InfluxDB answers at ${url}, the database and the credentials.`;

/**
 * Asks an InfluxDB 1.x (or a server with its query endpoint) and yields what it answers piece by piece: memory holds one piece.
 * Times are epoch milliseconds. Errors: SOURCE_FAILED; nothing of the credentials is in their texts.
 */
export async function* queryInflux(
  server: InfluxServer,
  query: string,
  clock: Clock,
  signal: AbortSignal,
  resolvePath: (path: string) => string = (path) => path,
): AsyncGenerator<InfluxSeries> {
  const failed = (what: string, cause?: unknown) =>
    new DriftcastError('SOURCE_FAILED', `asking InfluxDB at ${server.url}, database ${server.database}: ${what}`, {
      cause,
      retryable: true,
      hint: hintOf(server.url),
    });
  const stalled = new AbortController();
  const ending = AbortSignal.any([signal, stalled.signal]);
  try {
    const response = await inTime(ask(server, query, ending, resolvePath), clock, stalled);
    if (response.statusCode !== 200) throw failed(await refusal(response, clock, stalled));
    for await (const line of linesOf(response, clock, stalled)) yield* seriesIn(line, failed);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof DriftcastError) throw error;
    throw failed(stalled.signal.aborted ? `no answer for ${silentMsMax / 1000} s` : messageOf(error));
  }
}

function ask(
  server: InfluxServer,
  query: string,
  signal: AbortSignal,
  resolvePath: (path: string) => string,
): Promise<IncomingMessage> {
  const url = new URL('query', server.url.endsWith('/') ? server.url : `${server.url}/`);
  const parameters = { db: server.database, epoch: 'ms', chunked: 'true', chunk_size: String(chunkRows), q: query };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const headers: Record<string, string> = {};
  if (server.token !== undefined) headers.authorization = `Token ${server.token}`;
  else if (server.username !== undefined) {
    const pair = Buffer.from(`${server.username}:${server.password ?? ''}`).toString('base64');
    headers.authorization = `Basic ${pair}`;
  }
  return getOnce(url, { headers, tls: server.tls, resolvePath, signal });
}

async function refusal(response: IncomingMessage, clock: Clock, stalled: AbortController): Promise<string> {
  let text = '';
  for await (const line of linesOf(response, clock, stalled)) {
    text += line;
    if (text.length >= refusalCharsMax) break;
  }
  const said = /"error"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text.slice(0, refusalCharsMax))?.[1];
  return `HTTP ${response.statusCode}${said === undefined ? '' : `: ${said}`}`;
}

/** The lines of a body; each is one JSON document. */
async function* linesOf(body: IncomingMessage, clock: Clock, stalled: AbortController): AsyncGenerator<string> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await inTime(chunks.next(), clock, stalled);
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = done ? '' : (lines.pop() ?? '');
      for (const line of lines) if (line.trim() !== '') yield line;
      if (done) return;
    }
  } finally {
    body.destroy();
  }
}

/** A connection that says nothing for long is broken off. */
async function inTime<T>(work: Promise<T>, clock: Clock, stalled: AbortController): Promise<T> {
  const settled = new AbortController();
  const late = clock.sleep(silentMsMax, settled.signal).then(() => {
    if (!settled.signal.aborted) stalled.abort();
    return work;
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    settled.abort();
  }
}

function* seriesIn(line: string, failed: (what: string) => DriftcastError): Generator<InfluxSeries> {
  const { results = [], error } = JSON.parse(line) as {
    readonly results?: readonly { readonly series?: readonly InfluxSeries[]; readonly error?: string }[];
    readonly error?: string;
  };
  if (error !== undefined) throw failed(error);
  for (const result of results) {
    if (result.error !== undefined) throw failed(result.error);
    yield* result.series ?? [];
  }
}
