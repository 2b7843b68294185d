import type { Consumer, Kafka } from 'kafkajs';
import type { KafkaSourceOptions } from './kafka-options.ts';

/** The member of the pipeline's group, with its options as the client calls them. */
export const createConsumer = (
  kafka: Kafka,
  options: Omit<KafkaSourceOptions, 'topics' | 'group'> & { readonly group: string },
): Consumer =>
  kafka.consumer({
    groupId: options.group,
    sessionTimeout: options.session_timeout_ms,
    heartbeatInterval: Math.min(options.heartbeat_ms, Math.floor(options.session_timeout_ms / 3)),
    rebalanceTimeout: options.rebalance_timeout_ms,
    maxWaitTimeInMs: options.fetch_wait_ms_max,
    maxBytes: options.fetch_bytes_max,
    maxBytesPerPartition: Math.min(1_048_576, options.fetch_bytes_max),
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
  });
