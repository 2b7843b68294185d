import { type ComponentContext, defineSource } from '../core/component.ts';
import { createKafka } from '../core/kafka-connection.ts';
import { type KafkaSourceOptions, kafkaSourceOptions } from './kafka-options.ts';
import { KafkaSession } from './kafka-session.ts';
import { KafkaStates } from './kafka-states.ts';

const transactionRetriesMax = 1000;
const transactionRetryMs = 20;

/**
 * A member of a consumer group. Offsets are committed only when told to (`commit`), and only for partitions that are still
 * owned. Every (re)assignment starts from the last commit and is announced by a `reset`.
 */
export const kafkaSource = defineSource({
  kind: 'source',
  type: 'kafka',
  summary: 'Topics of Apache Kafka, shared with the other members of a consumer group.',
  options: kafkaSourceOptions,
  examples: [
    { brokers: ['localhost:9092'], topics: 'telemetry' },
    {
      brokers: ['kafka-1:9093', 'kafka-2:9093'],
      topics: ['line-1', 'line-2'],
      from: 'latest',
      tls: { ca_file: 'ca.pem' },
      sasl: { mechanism: 'scram-sha-512', username: 'driftcast', password: '${KAFKA_PASSWORD}' },
    },
  ],
  build: buildKafkaSource,
});

function buildKafkaSource(options: KafkaSourceOptions, context: ComponentContext): KafkaSession {
  const kafka = createKafka(options, context);
  const session = {
    ...options,
    topics: typeof options.topics === 'string' ? [options.topics] : [...new Set(options.topics)],
    group: options.group ?? `driftcast-${context.pipeline}`,
  };
  const { states, limits, clock } = context;
  if (states === undefined) return new KafkaSession(kafka, session, context);
  const { topicPrefix, modelVersion } = states;
  const own = {
    ...session,
    topicPrefix,
    model: modelVersion,
    sessionTimeoutMs: options.session_timeout_ms,
    heartbeatMs: options.heartbeat_ms,
    fetchBytesMax: options.fetch_bytes_max,
    seriesMax: limits.seriesMax,
    retriesMax: transactionRetriesMax,
  };
  // while the brokers end a transaction, the next one waits for its first retry
  const transactions = createKafka(options, context, transactionRetriesMax, transactionRetryMs);
  return new KafkaSession(kafka, session, context, {
    kafka: new KafkaStates(kafka, transactions, own, clock),
    topicPrefix,
  });
}
