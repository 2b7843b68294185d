import { type Kafka, type LogEntry, logLevel } from 'kafkajs';
import { z } from 'zod';
import type { ComponentContext } from './component.ts';
import { KafkaClient, type KafkaClientConfig } from './kafka-client.ts';
import { registerKafkaCodecs } from './kafka-codecs.ts';
import { kafkaLogin, saslOptions } from './kafka-login.ts';
import { createKafkaRefusal } from './kafka-refusal.ts';
import type { LogLevel, Telemetry } from './telemetry.ts';
import { readTlsFiles, tlsFiles } from './tls-files.ts';

/** Options that every Kafka component shares; spread into its strict zod object. */
export const kafkaConnectionShape = {
  brokers: z
    .array(z.string().min(1))
    .min(1)
    .max(64)
    .describe(
      'Brokers to start from, host:port; an item may hold several with commas between, as ${KAFKA_BROKERS} does.',
    ),
  client_id: z
    .string()
    .min(1)
    .max(255)
    .default('driftcast')
    .describe('Name shown in the logs and quotas of the brokers.'),
  tls: z
    .union([z.boolean(), tlsFiles])
    .default(false)
    .describe('true: TLS with the certificate authorities of the system. An object: with one’s own files.'),
  sasl: kafkaLogin.optional().describe('How to log in: user name and password, or a token.'),
} as const;

const connection = z.object(kafkaConnectionShape);
export type KafkaConnectionOptions = z.output<typeof connection>;

/** What is needed of a component's context to connect. */
export type KafkaConnectionContext = Pick<ComponentContext, 'telemetry' | 'resolvePath'>;

/** So long that a loaded broker answers, so short that a sink survives two connections that nobody answers on. */
const requestMsMax = 15_000;

/** The same line of the client is logged once in this time: a broker that is down repeats it every second. */
const repeatMsMin = 10_000;
const linesRememberedMax = 200;

/**
 * A kafkajs client that rides out an outage of a broker (`retriesMax` retries, at most a second apart: about 15 minutes;
 * kafkajs's own defaults give up after 15 s; transactions want a first retry after 20 ms), reads every compression of Kafka's, and logs
 * through `telemetry` without addresses of secrets. Connects nothing
 * yet. Producers still have to choose their partitioner.
 * Connecting rejects with ACCESS_DENIED, at once, where no repetition helps: a login, token or certificate is refused.
 * Throws CONFIG_INVALID where a TLS file cannot be read.
 */
export function createKafka(
  options: KafkaConnectionOptions,
  context: KafkaConnectionContext,
  retriesMax = 1000,
  initialRetryMs = 100,
): Kafka {
  const resolvePath = (path: string) => context.resolvePath(path);
  const { tls, sasl } = options;
  const config: KafkaClientConfig = {
    clientId: options.client_id,
    connectionTimeout: 3000,
    requestTimeout: requestMsMax,
    retry: { initialRetryTime: initialRetryMs, maxRetryTime: 1000, retries: retriesMax },
    logLevel: logLevel.INFO,
    logCreator: () => kafkaLogger(context.telemetry),
  };
  registerKafkaCodecs();
  if (tls !== false) config.ssl = tls === true ? true : readTlsFiles(tls, 'Kafka', resolvePath);
  if (sasl !== undefined) config.sasl = saslOptions(sasl, resolvePath);
  return new KafkaClient(config, createKafkaRefusal(brokersOf(options.brokers), options.sasl));
}

/** Addresses one by one. A variable of the environment holds a whole list, and stands in a single item. */
export const brokersOf = (items: readonly string[]): string[] =>
  items
    .flatMap((item) => item.split(','))
    .map((address) => address.trim())
    .filter((address) => address !== '');

/** What kafkajs tells about itself that helps a reader. A closed list: nothing else of its objects is ever logged. */
const fieldsKept = ['broker', 'groupId', 'memberId', 'topic', 'partition', 'error', 'retryCount', 'retryTime'] as const;

/** A bound on the retries is the point: whoever writes throws the producer away when they are used up. */
const boundedRetriesNotice = 'Limiting retries for the idempotent producer';

/**
 * Sends the client's log lines to `telemetry`. What the client calls an error is a warning here: it is retried, and what it
 * gives up on reaches the caller as a rejection. Exported for its test.
 */
export function kafkaLogger(telemetry: Telemetry): (entry: LogEntry) => void {
  const lastMs = new Map<string, number>();
  return ({ namespace, level, log }) => {
    const message = String(log.message).slice(0, 500);
    if (message.startsWith(boundedRetriesNotice)) return;
    const line = `${namespace} ${message}`;
    const timeMs = Date.parse(log.timestamp);
    if (level !== logLevel.DEBUG && timeMs - (lastMs.get(line) ?? -Infinity) < repeatMsMin) return;
    if (lastMs.size >= linesRememberedMax) lastMs.clear();
    lastMs.set(line, timeMs);
    const fields: Record<string, unknown> = { client: 'kafka', part: namespace };
    for (const name of fieldsKept) {
      const value: unknown = log[name];
      if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
      else if (value instanceof Error) fields[name] = value.message;
    }
    telemetry.log(severity(level), message, fields);
  };
}

const severity = (level: logLevel): LogLevel =>
  level === logLevel.ERROR || level === logLevel.WARN ? 'warn' : 'debug';
