import type { Message } from 'kafkajs';
import { z } from 'zod';
import type { Outcome } from '../core/alert.ts';
import { type ComponentContext, defineSink, type Sink } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { kafkaConnectionShape } from '../core/kafka-connection.ts';
import type { Point } from '../core/point.ts';
import { kafkaSchemaId, kafkaTopics, topicOf } from './kafka-messages.ts';
import { compressionOption, createKafkaSender } from './kafka-send.ts';
import { pointsInTurns } from './points-in-turns.ts';
import { rejectLetter } from './reject-letter.ts';
import { createSerial } from './serially.ts';

const options = z.strictObject({
  ...kafkaConnectionShape,
  topic_prefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/, 'expected letters, digits, dots, dashes and underscores')
    .default('driftcast')
    .describe('Points go to <prefix>.score, <prefix>.value, <prefix>.forecast and <prefix>.alert.'),
  create_topics: z
    .boolean()
    .default(true)
    .describe('Create missing topics, with the brokers’ default number of partitions and replicas.'),
  compression: compressionOption,
  timeout_ms: z
    .number()
    .int()
    .min(1000)
    .max(3_600_000)
    .default(300_000)
    .describe('How long a batch waits for the brokers’ confirmation; then the pipeline stops, with nothing lost.'),
});

type Options = z.output<typeof options>;

/** Under the brokers' default of 1 MiB for one message. */
const messageBytesMax = 1_000_000;
/** Bounds one request; the order is kept across requests. */
const requestMessagesMax = 2000;

/** Every point as a JSON message, keyed by its series. */
export const kafkaSink = defineSink({
  kind: 'sink',
  type: 'kafka',
  summary:
    'Results as JSON messages in Kafka topics, keyed by series; at least once, in the order of each series. schemas/ has the JSON Schema of each topic.',
  options,
  examples: [
    { brokers: ['localhost:9092'] },
    { brokers: ['kafka-1:9092', 'kafka-2:9092'], topic_prefix: 'plant.results', compression: 'zstd' },
  ],
  build: (chosen, context) => createKafkaSink(chosen, context),
});

/** `{"measurement", "tags", "fields", "time_ms"}`, as schemas/kafka-*.schema.json describe it. */
export const pointJson = ({ measurement, tags, fields, timeMs }: Point): string =>
  JSON.stringify({ measurement, tags, fields, time_ms: timeMs });

/**
 * A point as it is sent. A consumer that only routes needs the headers alone. The message's own timestamp is that of sending:
 * with the event's, retention would delete the results of an old feed as they arrive, and Kafka 4 refuses those of a forecast
 * that looks further ahead than an hour (`message.timestamp.after.max.ms`).
 */
export function pointMessage(point: Point, pipeline: string): Message & { readonly value: string } {
  return {
    // One series, one partition: its results stay in their order.
    key: point.tags.series ?? null,
    value: pointJson(point),
    headers: { 'content-type': 'application/json', schema: kafkaSchemaId(topicOf(point)), pipeline },
  };
}

function createKafkaSink(chosen: Options, context: ComponentContext): Sink {
  const topics = kafkaTopics.map((name) => `${chosen.topic_prefix}.${name}`);
  const sender = createKafkaSender(chosen, context, {
    timeoutMs: chosen.timeout_ms,
    compression: chosen.compression,
    topicsToCreate: chosen.create_topics ? topics : [],
  });
  const serially = createSerial();
  const target = `Kafka at ${chosen.brokers.join(', ')}, topics ${chosen.topic_prefix}.*`;
  let failure: string | null = null;

  const deliver: Sink['deliver'] = async (batch) => {
    const { messages, rejected } = await encode(batch, chosen.topic_prefix, context);
    try {
      for (let from = 0; from < messages.length; from += requestMessagesMax) {
        await sender.send(byTopic(messages.slice(from, from + requestMessagesMax)));
      }
      failure = null;
    } catch (error) {
      failure = `writing to ${target}: ${messageOf(error)}`;
      if (error instanceof DriftcastError) throw error;
      throw new DriftcastError('SINK_FAILED', failure, {
        retryable: true,
        hint: 'Check that the brokers are reachable and that the topics exist or may be created.',
      });
    }
    context.telemetry.count('points_written_total', messages.length, { sink: 'kafka' });
    return rejected;
  };

  return {
    name: 'kafka',
    deliver: (batch) => serially(() => deliver(batch)),
    close: () => serially(() => sender.close()),
    health: () => (failure === null ? { ok: true, detail: target } : { ok: false, detail: failure }),
  };
}

interface Addressed {
  readonly topic: string;
  readonly message: Message;
}

async function encode(batch: readonly Outcome[], prefix: string, context: ComponentContext) {
  const { limits, clock, pipeline } = context;
  const messages: Addressed[] = [];
  const rejected: DeadLetter[] = [];
  await pointsInTurns(batch, context, (point) => {
    const message = pointMessage(point, pipeline);
    const bytes = Buffer.byteLength(message.value);
    if (bytes > messageBytesMax) {
      const detail = `the message has ${bytes} bytes, at most ${messageBytesMax} are sent`;
      rejected.push(
        rejectLetter(point.tags.series ?? null, detail, message.value, clock.nowMs(), limits.deadLetterBytesMax),
      );
    } else {
      messages.push({ topic: `${prefix}.${topicOf(point)}`, message });
    }
  });
  return { messages, rejected };
}

function byTopic(messages: readonly Addressed[]) {
  const topics = new Map<string, Message[]>();
  for (const { topic, message } of messages) {
    const list = topics.get(topic);
    if (list) list.push(message);
    else topics.set(topic, [message]);
  }
  return [...topics].map(([topic, list]) => ({ topic, messages: list }));
}
