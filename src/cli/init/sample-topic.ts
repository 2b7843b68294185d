import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import type { Clock } from '../../core/clock.ts';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import { Fault } from '../../decode/fault.ts';
import { readSchemaHeader } from '../../decode/schema-header.ts';
import type { Message } from './message.ts';

export interface Sample {
  readonly messages: readonly Message[];
  /** Whether the topic holds more than was read. */
  readonly truncated: boolean;
}

const ANSWER_MS_MAX = 10_000;
const READ_MS_MAX = 15_000;
const TEXT_BYTES_MAX = 65_536;

/**
 * Reads up to `count` messages from the earliest offsets of a topic, through a group of its own that leaves nothing
 * behind. Gives up after some seconds with what there is. Fails with SOURCE_FAILED where the brokers do not answer, and
 * DATA_INSUFFICIENT where there is no such topic, or nothing in it.
 */
export async function sampleTopic(
  kafka: Kafka,
  topic: string,
  count: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Sample> {
  const available = await within(countMessages(kafka, topic), topic, clock);
  const groupId = `driftcast-init-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 300,
    sessionTimeout: 6000,
    heartbeatInterval: 1000,
    allowAutoTopicCreation: false,
  });
  const messages: Message[] = [];
  const wanted = Math.min(count, available);
  const enough = new AbortController();
  try {
    await within(consumer.connect(), topic, clock);
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await collect(consumer, messages, wanted, enough);
    await clock.sleep(READ_MS_MAX, AbortSignal.any([enough.signal, signal]));
  } finally {
    await leave(kafka, consumer, groupId);
  }
  if (messages.length === 0) throw nothingIn(topic, 'no message arrived in time');
  return { messages, truncated: messages.length < available };
}

/** Nothing to lose, no offset was committed: a broker that is gone by now is no error. */
async function leave(kafka: Kafka, consumer: Consumer, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await consumer.disconnect();
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // The broker forgets an empty group without offsets by itself.
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

async function countMessages(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const topics = await admin.listTopics();
    if (!topics.includes(topic))
      throw nothingIn(
        topic,
        'the brokers have no such topic',
        `They have: ${
          topics
            .filter((name) => !name.startsWith('__'))
            .slice(0, 20)
            .join(', ') || 'none'
        }.`,
      );
    const offsets = await admin.fetchTopicOffsets(topic);
    const count = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    if (count <= 0) throw nothingIn(topic, 'the topic is empty');
    return count;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

const nothingIn = (
  topic: string,
  what: string,
  hint = 'Send some data first: `driftcast simulate --to kafka --topic NAME` makes a feed to try.',
): DriftcastError => new DriftcastError('DATA_INSUFFICIENT', `sampling topic ${topic}: ${what}`, { hint });

/** The client retries for minutes; a person who waits wants to know sooner. */
async function within<T>(work: Promise<T>, topic: string, clock: Clock): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(ANSWER_MS_MAX, done.signal).then((): never => {
    const hint =
      'Check --brokers, --tls and the login; `host:port` must be reachable from here as the broker advertises it.';
    throw new DriftcastError(
      'SOURCE_FAILED',
      `sampling topic ${topic}: the brokers did not answer in ${ANSWER_MS_MAX / 1000} s`,
      { hint, retryable: true },
    );
  });
  late.catch(() => {}); // ends by itself when the work is done first
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } catch (thrown) {
    if (thrown instanceof DriftcastError) throw thrown;
    throw new DriftcastError('SOURCE_FAILED', `sampling topic ${topic}: ${messageOf(thrown)}`, { cause: thrown });
  } finally {
    done.abort();
  }
}

async function collect(
  consumer: Consumer,
  messages: Message[],
  wanted: number,
  enough: AbortController,
): Promise<void> {
  let seen = 0;
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch, isRunning }) => {
      for (const { key, value, timestamp } of batch.messages) {
        if (seen >= wanted || !isRunning()) break;
        seen += 1;
        if (value === null || value.length > TEXT_BYTES_MAX) continue;
        const framed = readSchemaHeader(value);
        messages.push({
          key: key === null ? null : key.toString('utf8'),
          text: (framed instanceof Fault ? value : framed.body).toString('utf8'),
          framed: !(framed instanceof Fault),
          timestampMs: Number(timestamp) > 0 ? Number(timestamp) : null,
          partition: batch.partition,
        });
      }
      if (seen >= wanted) enough.abort();
    },
  });
}
