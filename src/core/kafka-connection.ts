import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { type Kafka, type KafkaConfig, type LogEntry, logLevel, type SASLOptions } from 'kafkajs';
import { z } from 'zod';
import type { ComponentContext } from './component.ts';
import { DriftcastError, messageOf } from './errors.ts';
import { KafkaClient } from './kafka-client.ts';
import type { LogLevel, Telemetry } from './telemetry.ts';

const tls = z.union([
  z.boolean(),
  z.strictObject({
    ca_file: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file of the certificate authority, relative to the pipeline file.'),
    cert_file: z.string().min(1).optional().describe('PEM file of the client certificate.'),
    key_file: z.string().min(1).optional().describe('PEM file of the client key.'),
  }),
]);

const sasl = z.strictObject({
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('SASL mechanism.'),
  username: z.string().min(1).describe('User name.'),
  password: z.string().min(1).describe('Password; write ${NAME} to take it from the environment.'),
});

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
  tls: tls
    .default(false)
    .describe('true: TLS with the certificate authorities of the system. An object: with one’s own files.'),
  sasl: sasl.optional().describe('User name and password.'),
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
 * kafkajs's own defaults give up after 15 s; transactions want a first retry after 20 ms) and logs through `telemetry` without addresses of secrets. Connects nothing
 * yet. Producers still have to choose their partitioner.
 * Throws CONFIG_INVALID where a TLS file cannot be read.
 */
export function createKafka(
  options: KafkaConnectionOptions,
  context: KafkaConnectionContext,
  retriesMax = 1000,
  initialRetryMs = 100,
): Kafka {
  const config: KafkaConfig = {
    brokers: brokersOf(options.brokers),
    clientId: options.client_id,
    connectionTimeout: 3000,
    requestTimeout: requestMsMax,
    retry: { initialRetryTime: initialRetryMs, maxRetryTime: 1000, retries: retriesMax },
    logLevel: logLevel.INFO,
    logCreator: () => kafkaLogger(context.telemetry),
  };
  if (options.tls !== false) config.ssl = tlsOptions(options.tls, context);
  if (options.sasl) config.sasl = options.sasl as SASLOptions;
  return new KafkaClient(config);
}

/** Addresses one by one. A variable of the environment holds a whole list, and stands in a single item. */
export const brokersOf = (items: readonly string[]): string[] =>
  items
    .flatMap((item) => item.split(','))
    .map((address) => address.trim())
    .filter((address) => address !== '');

function tlsOptions(
  choice: Exclude<KafkaConnectionOptions['tls'], false>,
  context: KafkaConnectionContext,
): ConnectionOptions | true {
  if (choice === true) return true;
  const read = (what: string, file: string) => {
    try {
      return readFileSync(context.resolvePath(file), 'utf8');
    } catch (error) {
      throw new DriftcastError('CONFIG_INVALID', `reading the Kafka ${what} file ${file}: ${messageOf(error)}`, {
        cause: error,
        hint: 'Check the path under tls; it is relative to the pipeline file.',
      });
    }
  };
  return {
    ...(choice.ca_file === undefined ? {} : { ca: [read('ca', choice.ca_file)] }),
    ...(choice.cert_file === undefined ? {} : { cert: read('cert', choice.cert_file) }),
    ...(choice.key_file === undefined ? {} : { key: read('key', choice.key_file) }),
  };
}

/** What kafkajs tells about itself that helps a reader. A closed list: nothing else of its objects is ever logged. */
const fieldsKept = ['broker', 'groupId', 'memberId', 'topic', 'partition', 'error', 'retryCount', 'retryTime'] as const;

/**
 * Sends the client's log lines to `telemetry`. What the client calls an error is a warning here: it is retried, and what it
 * gives up on reaches the caller as a rejection. Exported for its test.
 */
export function kafkaLogger(telemetry: Telemetry): (entry: LogEntry) => void {
  const lastMs = new Map<string, number>();
  return ({ namespace, level, log }) => {
    const message = String(log.message).slice(0, 500);
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
