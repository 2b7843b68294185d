import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { ComponentContext, Source } from '../../core/component.ts';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import { createKafka } from '../../core/kafka-connection.ts';
import type { KafkaSourceOptions } from '../../source/kafka-options.ts';
import { KafkaSession } from '../../source/kafka-session.ts';
import type { HistoryFeed, TimeRange } from './feed.ts';

/** Some thirty seconds: a person waits for the first answer. */
const retriesMax = 30;
/** A message may carry a time somewhat before its own stamp's: producers' and brokers' clocks differ. */
const clocksApartMs = 3_600_000;

/**
 * The history of the topics of a pipeline's Kafka source, up to the ends that they have at the start. Reads through a group of
 * its own, which is deleted afterwards: the pipeline's group is neither joined nor moved. Errors: USAGE where the pipeline has
 * no such source; SOURCE_FAILED of its run.
 */
export function topicFeed(
  config: PipelineConfig,
  topic: string | null,
  range: TimeRange,
  context: ComponentContext,
): HistoryFeed {
  if (config.source.type !== 'kafka') {
    throw new DriftcastError('USAGE', `--data kafka: the source of the pipeline is ${config.source.type}, not kafka`, {
      hint: 'Give a file instead, or --set source.type=kafka with its brokers and topics.',
    });
  }
  const { type: _type, ...rest } = config.source;
  const options = rest as unknown as KafkaSourceOptions;
  const topics = topic === null ? [options.topics].flat() : [topic];
  const kafka = createKafka(options, context, retriesMax);
  const group = `driftcast-train-${randomUUID()}`;
  const session = new KafkaSession(kafka, { ...options, topics, group, from: 'earliest', until: 'end' }, context);
  return {
    what: `topic ${topics.join(', ')}`,
    source: withGroup(session, kafka, { group, topics, fromMs: range.fromMs }),
    decode: config.decode,
  };
}

/** The session of a group that starts where it is to and is gone afterwards. */
function withGroup(
  session: KafkaSession,
  kafka: Kafka,
  where: { readonly group: string; readonly topics: readonly string[]; readonly fromMs: number },
): Source {
  return {
    run: async (emit, credits) => {
      if (Number.isFinite(where.fromMs)) await ask(kafka, where.topics, (admin) => startFrom(admin, where));
      await session.run(emit, credits);
    },
    commit: async () => {},
    stop: () => session.stop(),
    close: async () => {
      await session.close();
      // the broker forgets an empty group by itself, where this one may not be deleted
      await ask(kafka, where.topics, (admin) => admin.deleteGroups([where.group])).catch(() => undefined);
    },
    progress: () => session.progress(),
    health: () => session.health(),
  };
}

/** Sets the group's offsets to the first messages that can hold readings of the time asked for: they are older than their message. */
async function startFrom(
  admin: Admin,
  { group, topics, fromMs }: { readonly group: string; readonly topics: readonly string[]; readonly fromMs: number },
): Promise<void> {
  for (const topic of topics) {
    const partitions = await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, fromMs - clocksApartMs));
    await admin.setOffsets({ groupId: group, topic, partitions });
  }
}

async function ask<T>(kafka: Kafka, topics: readonly string[], question: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await question(admin);
  } catch (cause) {
    if (cause instanceof DriftcastError) throw cause;
    throw new DriftcastError('SOURCE_FAILED', `reading topic ${topics.join(', ')}: ${messageOf(cause)}`, {
      cause,
      retryable: true,
      hint: 'Check that the brokers can be reached, that the topic is there, and that the user may read it.',
    });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
