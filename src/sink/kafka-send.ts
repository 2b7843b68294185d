import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { ComponentContext } from '../core/component.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { type Compression, compressions, compressionType } from '../core/kafka-codecs.ts';
import { createKafka, type KafkaConnectionOptions } from '../core/kafka-connection.ts';

/** Option of what sends to Kafka. */
export const compressionOption = z
  .enum(compressions)
  .default('gzip')
  .describe('How batches are compressed; zstd takes half a second at the start.');

export interface TopicMessages {
  readonly topic: string;
  readonly messages: readonly Message[];
}

export interface SenderOptions {
  /** For one `send`, connecting included. */
  readonly timeoutMs: number;
  readonly compression: Compression;
  /** Made before the first send with the brokers' own number of partitions and replicas; those that exist are left alone. */
  readonly topicsToCreate: readonly string[];
}

export interface KafkaSender {
  /**
   * Resolves when every in-sync replica has all messages, in their order. Rejects within the deadline: with a plain Error, or
   * with a DriftcastError (ACCESS_DENIED, CONFIG_INVALID) where no repetition helps.
   */
  send(batch: readonly TopicMessages[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * An idempotent producer with a deadline of its own, because kafkajs has none for a whole `send`. After a failure the
 * producer is thrown away, because what it still tries may not be mixed with what the caller sends again.
 */
export function createKafkaSender(
  connection: KafkaConnectionOptions,
  context: Pick<ComponentContext, 'clock' | 'telemetry' | 'resolvePath'>,
  { timeoutMs, compression, topicsToCreate }: SenderOptions,
): KafkaSender {
  // kafkajs retries for ever in an idempotent producer, and a disconnect does not end it: it would go on sending what the
  // caller has given up. A second between two retries makes this many last about as long as the deadline.
  const retries = Math.ceil(timeoutMs / 1000) + 2;
  const kafka = createKafka(connection, context, retries);
  let session: Session | null = null;
  let topicsKnown = topicsToCreate.length === 0;

  const open = (): Session => {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries },
    });
    const connected = (topicsKnown ? Promise.resolve() : makeTopics(kafka, topicsToCreate)).then(() => {
      topicsKnown = true;
      return producer.connect();
    });
    return { producer, connected };
  };

  return {
    async send(batch) {
      session ??= open();
      const { producer, connected } = session;
      const topicMessages = batch.map(({ topic, messages }) => ({ topic, messages: [...messages] }));
      const sent = connected.then(() =>
        producer.sendBatch({ acks: -1, compression: compressionType[compression], topicMessages }),
      );
      try {
        await within(sent, timeoutMs, context.clock);
      } catch (error) {
        discard(producer, sent);
        session = null;
        throw error instanceof DriftcastError ? error : new Error(messageOf(error));
      }
    },
    async close() {
      const last = session;
      session = null;
      await last?.producer.disconnect();
    },
  };
}

interface Session {
  readonly producer: Producer;
  readonly connected: Promise<void>;
}

/** Disconnects when the send has ended, which nobody waits for: a disconnect before would be undone by its next retry. */
function discard(producer: Producer, sent: Promise<unknown>): void {
  const end = () => producer.disconnect().catch(() => undefined);
  sent.then(end, end);
}

async function within(task: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<void> {
  const settled = new AbortController();
  const expired = clock.sleep(timeoutMs, settled.signal).then(() => {
    if (!settled.signal.aborted) throw new Error(`no confirmation within ${timeoutMs} ms`);
  });
  try {
    await Promise.race([task, expired]);
  } finally {
    settled.abort();
  }
}

async function makeTopics(kafka: Kafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.createTopics({ topics: topics.map((topic) => ({ topic })), waitForLeaders: true });
  } catch {
    // Without the right to create them they may be there all the same: what is sent next will tell.
  } finally {
    await admin.disconnect();
  }
}
