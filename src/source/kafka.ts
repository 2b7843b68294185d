import { type ComponentContext, defineSource } from '../core/component.ts';
import { createKafka } from '../core/kafka-connection.ts';
import { type KafkaSourceOptions, kafkaSourceOptions } from './kafka-options.ts';
import { KafkaSession } from './kafka-session.ts';

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
  return new KafkaSession(
    createKafka(options, context),
    {
      ...options,
      topics: typeof options.topics === 'string' ? [options.topics] : [...new Set(options.topics)],
      group: options.group ?? `driftcast-${context.pipeline}`,
    },
    context,
  );
}
