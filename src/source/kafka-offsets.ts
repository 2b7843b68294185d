import type { Admin, Kafka } from 'kafkajs';
import { partitionKey } from '../core/record.ts';

/** What the brokers know of a partition. */
export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  /** The oldest message that is still kept, and the end (one behind the newest). */
  readonly low: number;
  readonly high: number;
  /** What the group has committed, or null. */
  readonly committed: number | null;
}

/**
 * Asks the brokers about offsets. After a failure the connection is made anew: an admin client remembers which partitions
 * there are for minutes.
 */
export class KafkaOffsets {
  readonly #kafka: Kafka;
  readonly #group: string;
  readonly #topics: readonly string[];
  #admin: Promise<Admin> | null = null;

  constructor(kafka: Kafka, group: string, topics: readonly string[]) {
    this.#kafka = kafka;
    this.#group = group;
    this.#topics = topics;
  }

  /** Topics that do not exist, or that this user may not see. */
  missingTopics(): Promise<readonly string[]> {
    return this.#ask(async (admin) => {
      const known = new Set(await admin.listTopics());
      return this.#topics.filter((topic) => !known.has(topic));
    });
  }

  /** By partitionKey. Rejects with the client's error, and when one of `partitions` is not known (yet). */
  read(
    partitions: readonly { readonly topic: string; readonly partition: number }[],
  ): Promise<ReadonlyMap<string, PartitionOffsets>> {
    return this.#ask(async (admin) => {
      const committed = new Map<string, number>();
      for (const { topic, partitions } of await admin.fetchOffsets({
        groupId: this.#group,
        topics: [...this.#topics],
      })) {
        for (const { partition, offset } of partitions)
          committed.set(partitionKey({ topic, partition }), Number(offset));
      }
      const known = new Map<string, PartitionOffsets>();
      for (const topic of this.#topics) {
        for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
          const key = partitionKey({ topic, partition });
          const commit = committed.get(key) ?? -1;
          known.set(key, {
            topic,
            partition,
            low: Number(low),
            high: Number(high),
            committed: commit < 0 ? null : commit,
          });
        }
      }
      const unknown = partitions.find((at) => !known.has(partitionKey(at)));
      if (unknown !== undefined)
        throw new Error(`no broker knows partition ${unknown.partition} of ${unknown.topic} yet`);
      return known;
    });
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    if (admin !== null) await (await admin).disconnect();
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    this.#admin ??= this.#connect();
    try {
      return await question(await this.#admin);
    } catch (error) {
      // The first failure is what the caller has to hear of.
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}
