import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type IClusterConfig, InfluxDB, ResultError } from 'influx';
import type { Clock } from '../core/clock.ts';

export interface InfluxConnection {
  readonly url: string;
  readonly database: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly retention_policy?: string | undefined;
  readonly timeout_ms: number;
}

/** What became of one call. Texts are built from the status and the server's own words, never from the client's error. */
export type InfluxAnswer =
  | { readonly kind: 'done' }
  /** The server will not take (some of) these points, ever. `dropped`: how many, where it says so. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly dropped: number | null }
  | { readonly kind: 'too_large'; readonly reason: string }
  | { readonly kind: 'no_database'; readonly reason: string }
  /** Wrong credentials, rights or address: no repetition helps, and no point is at fault. */
  | { readonly kind: 'denied'; readonly reason: string }
  /** Down, busy, or silent: try again. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Every call settles within `timeout_ms` and none rejects. */
export interface InfluxClient {
  /** Writes whole lines of line protocol with millisecond times. */
  write(lines: readonly string[]): Promise<InfluxAnswer>;
  createDatabase(): Promise<InfluxAnswer>;
  /** Whether the chosen retention policy is missing; null when the server does not say. */
  lacksRetentionPolicy(): Promise<boolean | null>;
  /** Breaks every open connection. */
  close(): void;
}

/**
 * The `influx` client, with what its version 5.12 needs around it:
 * - Its own escaping leaves line breaks and trailing backslashes in tags as they are, corrupts `\'` and sends NaN verbatim.
 *   So the lines come from our encoder and pass through `writePoints` as measurement names, the one part that the client
 *   copies byte by byte; a test pins the bytes on the wire.
 * - After a failure its pool locks the only host out for up to 10 s. A backoff of zero keeps it in; who calls retries.
 * - A promise never settles when the connection stalls or drops behind the response's head: every call has its own deadline,
 *   which also breaks the connections, because the client has no other handle on them.
 * - Without credentials it sends `root:root`, unless the user name is not a string.
 * - Its errors carry the whole request with its Authorization header: they end here.
 */
export function createInfluxClient(connection: InfluxConnection, clock: Clock): InfluxClient {
  const { database, retention_policy: retentionPolicy, timeout_ms: timeoutMs } = connection;
  const url = new URL(connection.url);
  // A connection a call: one that idled behind a firewall would cost a whole deadline.
  const agent = url.protocol === 'https:' ? new HttpsAgent() : new HttpAgent();
  const client = new InfluxDB(clientOptions(connection, url, agent));

  const answer = async (task: () => Promise<unknown>): Promise<InfluxAnswer> => {
    const settled = new AbortController();
    const expired = clock.sleep(timeoutMs, settled.signal).then((): InfluxAnswer => {
      if (!settled.signal.aborted) agent.destroy();
      return { kind: 'unavailable', reason: `no complete answer within ${timeoutMs} ms` };
    });
    const answered = Promise.resolve()
      .then(task)
      .then((): InfluxAnswer => ({ kind: 'done' }), classify);
    try {
      return await Promise.race([answered, expired]);
    } finally {
      settled.abort();
    }
  };

  return {
    write: (lines) =>
      answer(() =>
        client.writePoints(
          lines.map((line) => ({ measurement: line })),
          { database, precision: 'ms', ...(retentionPolicy === undefined ? {} : { retentionPolicy }) },
        ),
      ),
    createDatabase: () => answer(() => client.createDatabase(database)),
    async lacksRetentionPolicy() {
      if (retentionPolicy === undefined) return false;
      let names: readonly string[] = [];
      const { kind } = await answer(async () => {
        names = (await client.showRetentionPolicies(database)).map(({ name }) => name);
      });
      return kind === 'done' ? !names.includes(retentionPolicy) : null;
    },
    close: () => agent.destroy(),
  };
}

function clientOptions(connection: InfluxConnection, url: URL, agent: HttpAgent): IClusterConfig {
  const { database, username, password, token, timeout_ms: timeoutMs } = connection;
  const secure = url.protocol === 'https:';
  const noBackoff = { getDelay: () => 0, next: () => noBackoff, reset: () => noBackoff };
  return {
    database,
    hosts: [
      {
        host: url.hostname,
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        path: url.pathname.replace(/\/+$/, ''),
        protocol: secure ? 'https' : 'http',
        options: { agent, ...(token === undefined ? {} : { headers: { Authorization: `Token ${token}` } }) },
      },
    ],
    // null is no string: the client then sends no credentials at all, where undefined would become root:root.
    username: username ?? (null as unknown as string),
    ...(password === undefined ? {} : { password }),
    pool: { backoff: noBackoff, maxRetries: 0, requestTimeout: timeoutMs },
  };
}

const reasonCharsMax = 300;
const retriedStatus = new Set([408, 425, 429]);

/** Reads what is safe to read of an error of the client. */
function classify(thrown: unknown): InfluxAnswer {
  if (thrown instanceof ResultError) return { kind: 'denied', reason: shorten(thrown.message) };
  const { status, text } = statusOf(thrown);
  if (status === null) {
    // The message of a network error names the address; the client's 5xx error has only the status text.
    return { kind: 'unavailable', reason: text === '' ? 'the server answered with a 5xx status' : text };
  }
  const reason = `HTTP ${status}: ${text}`;
  if (status === 400) {
    const dropped = /dropped=(\d+)/.exec(text)?.[1];
    return { kind: 'rejected', reason, dropped: dropped === undefined ? null : Number(dropped) };
  }
  if (status === 413) return { kind: 'too_large', reason };
  if (status === 404 && /database not found/i.test(text)) return { kind: 'no_database', reason };
  if (retriedStatus.has(status)) return { kind: 'unavailable', reason };
  return { kind: 'denied', reason };
}

function statusOf(thrown: unknown): { readonly status: number | null; readonly text: string } {
  const message = thrown instanceof Error ? thrown.message : '';
  const response = (thrown as { res?: { statusCode?: unknown; headers?: Record<string, unknown> } } | null)?.res;
  if (typeof response?.statusCode !== 'number') return { status: null, text: shorten(message) };
  const header = response.headers?.['x-influxdb-error'];
  const text = typeof header === 'string' ? header : message;
  return { status: response.statusCode, text: shorten(text) };
}

/** The end of a partial write's text holds `dropped=N`: the middle is what goes. */
const shorten = (text: string): string =>
  text.length <= reasonCharsMax ? text : `${text.slice(0, reasonCharsMax - 60)} ... ${text.slice(-50)}`;
