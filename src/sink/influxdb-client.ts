import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { type IClusterConfig, InfluxDB } from 'influx';
import { Pool } from 'influx/lib/src/pool.js';
import type { Clock } from '../core/clock.ts';
import { readTlsFiles, type TlsFiles } from '../core/tls-files.ts';
import { type InfluxAnswer, readInfluxFault, refusedLines } from './influxdb-answer.ts';

export interface InfluxConnection {
  readonly url: string;
  readonly database: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly retention_policy?: string | undefined;
  /** Where it is given, writes go to /api/v2/write. */
  readonly bucket?: string | undefined;
  readonly org?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly gzip?: boolean;
  readonly timeout_ms: number;
}

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

const gzip = promisify(gzipCallback);
/** Bodies under one packet are sent as they are. */
const gzipBytesMin = 1400;
/** Forecasts shrink to 27 % at the fastest level, in 2 ms a thousand points; to 23 % at the usual one, in 5 ms. */
const gzipLevel = 1;

/**
 * The `influx` client, with what its version 5.12 needs around it:
 * - Its own escaping leaves line breaks and trailing backslashes in tags as they are, corrupts `\'` and sends NaN verbatim, and
 *   its `writePoints` cannot compress. So the lines come from our encoder and go through the client's connection pool, which
 *   takes a body and its headers as they are; a test pins the bytes on the wire.
 * - After a failure the pool locks the only host out for up to 10 s. A backoff of zero keeps it in; who calls retries.
 * - A promise never settles when the connection stalls or drops behind the response's head: every call has its own deadline,
 *   which also breaks the connections, because the client has no other handle on them.
 * - Without credentials it sends `root:root`, unless the user name is not a string.
 * - Its errors carry the whole request with its Authorization header: they end here.
 * Throws CONFIG_INVALID where a TLS file cannot be read.
 */
export function createInfluxClient(
  connection: InfluxConnection,
  clock: Clock,
  resolvePath: (path: string) => string,
): InfluxClient {
  const { database, retention_policy: retentionPolicy, timeout_ms: timeoutMs } = connection;
  const url = new URL(connection.url);
  // A connection a call: one that idled behind a firewall would cost a whole deadline.
  const agent = url.protocol === 'https:' ? secureAgent(connection, resolvePath) : new HttpAgent();
  const options = clientOptions(connection, url, agent);
  const client = new InfluxDB(options);
  const pool = poolOf(options);
  const target = writeTarget(connection);

  const answer = async (task: () => Promise<unknown>): Promise<InfluxAnswer> => {
    const settled = new AbortController();
    const expired = clock.sleep(timeoutMs, settled.signal).then((): InfluxAnswer => {
      if (!settled.signal.aborted) agent.destroy();
      return { kind: 'unavailable', reason: `no complete answer within ${timeoutMs} ms` };
    });
    const answered = Promise.resolve()
      .then(task)
      .then((): InfluxAnswer => ({ kind: 'done' }), readInfluxFault);
    try {
      return await Promise.race([answered, expired]);
    } finally {
      settled.abort();
    }
  };

  return {
    async write(lines) {
      const text = lines.join('\n');
      const small = connection.gzip !== true || Buffer.byteLength(text) < gzipBytesMin;
      const body = small ? text : await gzip(text, { level: gzipLevel });
      const written = await answer(() =>
        pool.discard({
          ...target,
          // Its types say string; it measures and writes bytes just as well.
          body: body as string,
          headers: { ...target.headers, ...(small ? {} : { 'content-encoding': 'gzip' }) },
        }),
      );
      return written.kind === 'rejected' ? { ...written, refused: refusedLines(written.text, lines) } : written;
    },
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

const secureAgent = ({ tls }: InfluxConnection, resolvePath: (path: string) => string): HttpsAgent =>
  new HttpsAgent(tls === undefined ? {} : readTlsFiles(tls, 'InfluxDB', resolvePath));

function clientOptions(connection: InfluxConnection, url: URL, agent: HttpAgent) {
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
  } satisfies IClusterConfig;
}

/** A pool as the client makes its own. */
function poolOf({ hosts: [host], pool: options }: ReturnType<typeof clientOptions>): Pool {
  const pool = new Pool(options);
  pool.addHost(`${host.protocol}://${host.host}:${host.port}${host.path}`, host.options);
  return pool;
}

/** Where and as whom lines are written: InfluxDB 1.x's own endpoint, or that of 2.x, which 1.8 and 3 have too. */
function writeTarget(connection: InfluxConnection) {
  const { database: db, retention_policy: rp, bucket, org, username, password } = connection;
  const common = { method: 'POST' as const, headers: { 'content-type': 'text/plain; charset=utf-8' } };
  if (bucket !== undefined) {
    const query = { ...(org === undefined ? {} : { org }), bucket, precision: 'ms' };
    return { ...common, path: '/api/v2/write', query };
  }
  return {
    ...common,
    path: '/write',
    query: { db, precision: 'ms', ...(rp === undefined ? {} : { rp }) },
    ...(username === undefined ? {} : { auth: `${username}:${password ?? ''}` }),
  };
}
