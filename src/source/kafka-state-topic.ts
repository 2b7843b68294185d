import type { Admin, ConfigResourceTypes, Kafka } from 'kafkajs';
import { DriftcastError, messageOf } from '../core/errors.ts';

/** The state topic of an input topic. One each: the states of a partition have one writer, whatever else the pipeline reads. */
export const stateTopicOf = (prefix: string, topic: string): string => `${prefix}.${topic}`;

/** Larger than a state gets; Kafka's own default of 1 MiB is less than that of hundreds of channels. */
const messageBytesMax = 8_388_608;

/** Small segments are compacted soon: what is read at an assignment stays near one record a series. */
const settings = {
  'cleanup.policy': 'compact',
  'max.message.bytes': String(messageBytesMax),
  'segment.bytes': '52428800',
  'min.cleanable.dirty.ratio': '0.2',
} as const;

/** ConfigResourceTypes.TOPIC: that enum of the client is not visible to an ES module. */
const topicResource = 2 as ConfigResourceTypes;

/**
 * Makes the state topics that are not there, with as many partitions as their input topics, and adds partitions where those
 * have got more. Errors: STATE_INVALID, with the command that helps where driftcast may not, or must not, do it itself.
 */
export async function ensureStateTopics(kafka: Kafka, prefix: string, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const there = new Set(await admin.listTopics());
    const { topics: inputs } = await admin.fetchTopicMetadata({ topics: [...topics] });
    for (const { name, partitions } of inputs) {
      const topic = stateTopicOf(prefix, name);
      if (there.has(topic)) await checkTopic(admin, topic, partitions.length);
      else await makeTopic(admin, topic, partitions.length);
    }
  } finally {
    await admin.disconnect();
  }
}

async function makeTopic(admin: Admin, topic: string, numPartitions: number): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  try {
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries: configs }] });
  } catch (error) {
    const options = configs.map(({ name, value }) => `--config ${name}=${value}`).join(' ');
    throw wrongTopic(
      `creating the state topic ${topic}: ${reasonOf(error)}`,
      `kafka-topics.sh --create --topic ${topic} --partitions ${numPartitions} ${options}`,
      error,
    );
  }
}

async function checkTopic(admin: Admin, topic: string, wanted: number): Promise<void> {
  const policy = await cleanupPolicyOf(admin, topic);
  if (policy !== null && policy !== 'compact')
    throw wrongTopic(
      `checking the state topic ${topic}: its cleanup.policy is ${policy}, which deletes the states of quiet series`,
      `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config cleanup.policy=compact`,
    );
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const count = topics[0]?.partitions.length ?? 0;
  if (count >= wanted) return;
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count: wanted }] });
  } catch (error) {
    throw wrongTopic(
      `adding partitions to the state topic ${topic}, which has ${count} of ${wanted}: ${reasonOf(error)}`,
      `kafka-topics.sh --alter --topic ${topic} --partitions ${wanted}`,
      error,
    );
  }
}

/** null where this user may not see it. */
async function cleanupPolicyOf(admin: Admin, topic: string): Promise<string | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: topicResource, name: topic, configNames: ['cleanup.policy'] }],
    });
    return resources[0]?.configEntries[0]?.configValue ?? null;
  } catch {
    return null;
  }
}

function wrongTopic(message: string, command: string, cause?: unknown): DriftcastError {
  return new DriftcastError('STATE_INVALID', message, { cause, hint: `Let an administrator run: ${command}` });
}

/** The client wraps what the broker said of each topic. */
function reasonOf(error: unknown): string {
  const { errors } = error as { readonly errors?: readonly unknown[] };
  return messageOf(errors?.[0] ?? error);
}
