import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, type KafkaMessage, logLevel, Partitioners, type Producer } from 'kafkajs';
import { eventually, within } from './cli.ts';

export interface Sent {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly partition: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A broker as a test uses it: topics of its own, which `close` deletes. */
export class TestKafka {
  readonly broker: string;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #topics: string[] = [];
  readonly #groups: string[] = [];

  private constructor(broker: string) {
    this.broker = broker;
    this.#kafka = new Kafka({
      brokers: [broker],
      logLevel: logLevel.NOTHING,
      // an outage of minutes is a test's own doing
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 300 },
    });
    this.#admin = this.#kafka.admin();
    this.#producer = this.#kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      // what is sent again because a broker went away is not stored again
      idempotent: true,
      maxInFlightRequests: 1,
    });
  }

  static async connect(broker: string): Promise<TestKafka> {
    const kafka = new TestKafka(broker);
    await within(
      60_000,
      Promise.all([kafka.#admin.connect(), kafka.#producer.connect()]),
      () => `no Kafka answers at ${broker}`,
    );
    return kafka;
  }

  /** A new topic that takes messages of up to 16 MB. */
  async createTopic(partitions: number): Promise<string> {
    const topic = `driftcast-test-${randomUUID()}`;
    await this.#admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: partitions,
          configEntries: [{ name: 'max.message.bytes', value: String(16 * 1024 * 1024) }],
        },
      ],
    });
    this.#topics.push(topic);
    return topic;
  }

  /** A name for a consumer group, or a topic that somebody else makes; deleted with the rest. */
  groupName(): string {
    const group = `driftcast-test-${randomUUID()}`;
    this.#groups.push(group);
    return group;
  }

  topicName(): string {
    return this.ownTopic(`driftcast-test-${randomUUID()}`);
  }

  /** A topic that somebody else makes under this name; deleted with the rest. */
  ownTopic(topic: string): string {
    this.#topics.push(topic);
    return topic;
  }

  async send(topic: string, sent: readonly Sent[], batch = 500): Promise<void> {
    for (let from = 0; from < sent.length; from += batch) {
      await this.#producer.send({ topic, messages: sent.slice(from, from + batch).map((one) => ({ ...one })) });
    }
  }

  /** All messages of a topic, partition by partition. */
  async readAll(topic: string): Promise<KafkaMessage[]> {
    const ends = await this.#admin.fetchTopicOffsets(topic);
    // what a client answers that was asked about several new topics at once
    if (ends.length === 0) throw new Error(`reading ${topic}: no partition of it is known`);
    const wanted = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    // by place: a consumer that loses its connection may be given a message again
    const messages = new Map<string, KafkaMessage>();
    if (wanted === 0) return [];
    const consumer = this.#kafka.consumer({
      groupId: this.groupName(),
      maxWaitTimeInMs: 300,
      maxBytesPerPartition: 20_000_000,
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ partition, message }) => void messages.set(`${partition}/${message.offset}`, message),
      });
      await eventually(
        () => `${messages.size} of ${wanted} messages read from ${topic}`,
        async () => messages.size >= wanted,
      );
    } finally {
      await consumer.disconnect();
    }
    return [...messages.values()];
  }

  /** [partition]: one past the newest message. */
  async ends(topic: string): Promise<number[]> {
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    return [...offsets].sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  }

  /** [partition]: what the group has committed, -1 for nothing. */
  async committed(group: string, topic: string): Promise<number[]> {
    const [of] = await this.#admin.fetchOffsets({ groupId: group, topics: [topic] });
    return [...(of?.partitions ?? [])].sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
  }

  async close(): Promise<void> {
    const there = new Set(await this.#admin.listTopics());
    const topics = this.#topics.filter((topic) => there.has(topic));
    if (topics.length > 0) await this.#admin.deleteTopics({ topics });
    // a group whose last member was killed may still be busy: the broker forgets it by itself
    for (const group of this.#groups) await this.#admin.deleteGroups([group]).catch(() => undefined);
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()]);
  }
}
