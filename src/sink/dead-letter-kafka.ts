import { z } from 'zod';
import { defineDeadLetter } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { kafkaConnectionShape } from '../core/kafka-connection.ts';
import { compressionOption, createKafkaSender } from './kafka-send.ts';
import { createSerial } from './serially.ts';

const options = z.strictObject({
  ...kafkaConnectionShape,
  topic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/, 'expected letters, digits, dots, dashes and underscores')
    .default('driftcast.dead-letters')
    .describe('Topic of the dead letters.'),
  create_topics: z
    .boolean()
    .default(true)
    .describe('Create the topic when it is missing, with the brokers’ default number of partitions and replicas.'),
  compression: compressionOption,
  timeout_ms: z
    .number()
    .int()
    .min(1000)
    .max(3_600_000)
    .default(300_000)
    .describe('How long a batch waits for the brokers’ confirmation; then the pipeline stops, with nothing lost.'),
});

const requestMessagesMax = 2000;

/** The refused message as it came, with the reason and where it came from in the headers. */
export const deadLetterKafka = defineDeadLetter({
  kind: 'dead_letter',
  type: 'kafka',
  summary: 'Dead letters in a Kafka topic: the value is the message as it came, the headers say why and where from.',
  options,
  examples: [{ brokers: ['localhost:9092'] }, { brokers: ['localhost:9092'], topic: 'plant.rejected' }],
  build(chosen, context) {
    const sender = createKafkaSender(chosen, context, {
      timeoutMs: chosen.timeout_ms,
      compression: chosen.compression,
      topicsToCreate: chosen.create_topics ? [chosen.topic] : [],
    });
    const serially = createSerial();
    const write = async (letters: readonly DeadLetter[]) => {
      try {
        for (let from = 0; from < letters.length; from += requestMessagesMax) {
          const messages = letters.slice(from, from + requestMessagesMax).map(deadLetterMessage);
          await sender.send([{ topic: chosen.topic, messages }]);
        }
      } catch (error) {
        if (error instanceof DriftcastError) throw error;
        const message = `writing dead letters to Kafka topic ${chosen.topic}: ${messageOf(error)}`;
        throw new DriftcastError('DEAD_LETTER_FAILED', message, {
          retryable: true,
          hint: 'Check that the brokers are reachable and that the topic exists or may be created.',
        });
      }
    };
    return {
      write: (letters) => serially(() => write(letters)),
      close: () => serially(() => sender.close()),
    };
  },
});

/**
 * One letter as a Kafka message. Headers: reason, detail, time_ms (when the message was produced, or the window ended) and, where
 * the letter has a position, topic, partition, offset. The message's own timestamp is that of sending, from which retention counts.
 */
export function deadLetterMessage({ reason, detail, position, key, raw, timeMs }: DeadLetter) {
  return {
    key,
    value: raw === null ? null : Buffer.from(raw),
    headers: {
      reason,
      detail,
      time_ms: String(timeMs),
      ...(position === null
        ? {}
        : {
            topic: position.topic,
            partition: String(position.partition),
            offset: String(position.offset),
          }),
    },
  };
}
