import { DriftcastError, messageOf } from '../../core/errors.ts';
import { createKafka, type KafkaConnectionOptions } from '../../core/kafka-connection.ts';
import { silentTelemetry } from '../../core/telemetry.ts';
import type { TlsFiles } from '../../core/tls-files.ts';
import { tlsRefusal } from '../../core/tls-refusal.ts';
import { getOnce } from '../history/http-get.ts';
import type { Check } from './check.ts';

const retriesMax = 1;

/** What a broker says about its cluster. */
interface Cluster {
  readonly brokers: readonly string[];
  readonly topics: number;
}

/** Asks the cluster for its brokers and topics: both need the addresses that the brokers advertise, as `run` does. */
export async function checkKafka(connection: KafkaConnectionOptions, deadline: Deadline): Promise<Check> {
  const { brokers } = connection;
  const asked = brokers.join(', ');
  try {
    const { brokers: advertised, topics } = await deadline(askKafka(connection));
    return {
      name: 'kafka',
      status: 'ok',
      detail: `${asked}: ${topics} topics, advertised as ${advertised.join(', ')}`,
      remedy: '',
      facts: { brokers, advertised, topics },
    };
  } catch (error) {
    return {
      name: 'kafka',
      status: 'failed',
      detail: `${asked}: ${messageOf(error)}`,
      remedy:
        error instanceof DriftcastError
          ? (error.hint ?? '')
          : 'start the broker (docker compose up kafka, or deploy/native/kafka.sh), and check that the address it advertises can be reached from here',
      facts: { brokers, advertised: [], topics: null },
    };
  }
}

async function askKafka(connection: KafkaConnectionOptions): Promise<Cluster> {
  const admin = createKafka(
    connection,
    { telemetry: silentTelemetry, resolvePath: (path) => path },
    retriesMax,
  ).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    const topics = await admin.listTopics();
    const shown = topics.filter((name) => !name.startsWith('__'));
    return { brokers: cluster.brokers.map(({ host, port }) => `${host}:${port}`), topics: shown.length };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** `GET /ping`: answers without a login, and names the version. */
export async function checkInflux(text: string, deadline: Deadline, tls?: TlsFiles): Promise<Check> {
  const url = influxAddress(text);
  const over = new AbortController();
  const failed = (why: string, remedy?: string): Check => ({
    name: 'influxdb',
    status: 'failed',
    detail: `${url}: ${why}`,
    remedy: remedy ?? 'start it (docker compose up influxdb, or deploy/native/influxdb.sh), or correct the address',
    facts: { url, version: null },
  });
  try {
    const answer = await deadline(getOnce(new URL(`${url}/ping`), { tls, signal: over.signal }));
    const { statusCode: status = 0, headers } = answer;
    if (status < 200 || status > 299) return failed(`/ping answers with HTTP ${status}`);
    const version = headers['x-influxdb-version'];
    if (typeof version !== 'string') return failed('answers, but does not look like InfluxDB (no X-Influxdb-Version)');
    const known = /^v?1\./.test(version);
    return {
      name: 'influxdb',
      status: known ? 'ok' : 'warning',
      detail: `${url}: InfluxDB ${version}${known ? '' : ', made for 1.x'}`,
      remedy: known ? '' : 'InfluxDB 2 and 3 are written by sinks.bucket, org and token',
      facts: { url, version },
    };
  } catch (error) {
    const refusal = tlsRefusal(error);
    return failed(refusal?.reason ?? messageOf(error), refusal?.hint);
  } finally {
    over.abort();
  }
}

/** The address without a login: nothing secret is printed. Errors: USAGE. */
export function influxAddress(text: string): string {
  const usable = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!usable) {
    throw new DriftcastError('USAGE', 'reading the address of InfluxDB: expected a URL such as http://localhost:8086');
  }
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
}

/** Settles as the work does, or rejects when its time is over. */
export type Deadline = <T>(work: Promise<T>) => Promise<T>;

export function deadlineOf(ms: number): Deadline {
  return (work) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
}
