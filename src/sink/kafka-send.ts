import { type Message, Partitioners, type Producer } from 'kafkajs';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { ComponentContext } from '../core/component.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { type Compression, compressions, compressionType } from '../core/kafka-codecs.ts';
import { createKafka, type KafkaConnectionOptions } from '../core/kafka-connection.ts';
import { isPassing } from './kafka-passing.ts';
import { makeTopics } from './kafka-topics.ts';

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
  /** How a client is made; another one in tests. */
  readonly createClient?: typeof createKafka;
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
 * producer is thrown away, because what it still tries may not be mixed with what is sent again. What passes is tried again
 * within the deadline: kafkajs itself rejects at once when a connection is lost while it asks who the producer is.
 */
export function createKafkaSender(
  connection: KafkaConnectionOptions,
  context: Pick<ComponentContext, 'clock' | 'telemetry' | 'resolvePath'>,
  { timeoutMs, compression, topicsToCreate, createClient = createKafka }: SenderOptions,
): KafkaSender {
  // kafkajs retries for ever in an idempotent producer, and a disconnect does not end it: it would go on sending what the
  // caller has given up. A second between two retries makes this many last about as long as the deadline.
  const retries = Math.ceil(timeoutMs / 1000) + 2;
  const kafka = createClient(connection, context, retries);
  const { clock } = context;
  let closed = false;
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
    const discarded = new AbortController();
    const connect = async () => {
      if (!topicsKnown)
        topicsKnown = await makeTopics(kafka, topicsToCreate, {
          clock,
          attemptsMax: retries,
          signal: discarded.signal,
        });
      await producer.connect();
    };
    return { producer, connected: connect(), discarded };
  };

  return {
    async send(batch) {
      const topicMessages = batch.map(({ topic, messages }) => ({ topic, messages: [...messages] }));
      const endMs = clock.monotonicMs() + timeoutMs;
      for (;;) {
        session ??= open();
        const { producer, connected } = session;
        const sent = connected.then(() =>
          producer.sendBatch({ acks: -1, compression: compressionType[compression], topicMessages }),
        );
        try {
          return await within(sent, endMs - clock.monotonicMs(), timeoutMs, clock);
        } catch (error) {
          discard(session, sent);
          session = null;
          if (error instanceof DriftcastError) throw error;
          if (!isPassing(error) || closed || clock.monotonicMs() + pauseMs >= endMs) throw new Error(messageOf(error));
        }
        await clock.sleep(pauseMs);
      }
    },
    async close() {
      closed = true;
      const last = session;
      session = null;
      last?.discarded.abort();
      await last?.producer.disconnect();
    },
  };
}

/** Between a failure that passes and the next try. */
const pauseMs = 500;

interface Session {
  readonly producer: Producer;
  readonly connected: Promise<void>;
  readonly discarded: AbortController;
}

/** Disconnects when the send has ended, which nobody waits for: a disconnect before would be undone by its next retry. */
function discard({ producer, discarded }: Session, sent: Promise<unknown>): void {
  discarded.abort();
  const end = () => producer.disconnect().catch(() => undefined);
  sent.then(end, end);
}

async function within(task: Promise<unknown>, leftMs: number, timeoutMs: number, clock: Clock): Promise<void> {
  const settled = new AbortController();
  const expired = clock.sleep(leftMs, settled.signal).then(() => {
    if (!settled.signal.aborted) throw new Error(`no confirmation within ${timeoutMs} ms`);
  });
  try {
    await Promise.race([task, expired]);
  } finally {
    settled.abort();
  }
}
