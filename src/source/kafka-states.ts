import type { Kafka } from 'kafkajs';
import type { Clock } from '../core/clock.ts';
import { DriftcastError } from '../core/errors.ts';
import { type CommitMark, partitionKey } from '../core/record.ts';
import type { SeriesState } from '../core/series-state.ts';
import { KafkaStateReader, type StatePlace, type StateReaderOptions } from './kafka-state-reader.ts';
import { ensureStateTopics, stateTopicOf } from './kafka-state-topic.ts';
import { KafkaStateWriter } from './kafka-state-writer.ts';

interface PartitionAt {
  readonly topic: string;
  readonly partition: number;
}

export interface KafkaStatesOptions extends Omit<StateReaderOptions, 'topics'> {
  /** Topics that the pipeline reads. */
  readonly topics: readonly string[];
  readonly topicPrefix: string;
  readonly retriesMax: number;
}

/** Partitions whose writers are made at once: each makes connections of its own. */
const fencingMax = 8;

/**
 * States of series beside the offsets of their partitions: partition p of an input topic has its states in partition p of
 * the state topic, one record a series, and one writer at a time.
 */
export class KafkaStates {
  readonly #kafka: Kafka;
  readonly #transactions: Kafka;
  readonly #options: KafkaStatesOptions;
  readonly #clock: Clock;
  readonly #reader: KafkaStateReader;
  readonly #writers = new Map<string, KafkaStateWriter>();
  #started: Promise<void> | null = null;

  /** @param transactions a client whose first retry comes soon */
  constructor(kafka: Kafka, transactions: Kafka, options: KafkaStatesOptions, clock: Clock) {
    this.#kafka = kafka;
    this.#transactions = transactions;
    this.#options = options;
    this.#clock = clock;
    const topics = options.topics.map((topic) => stateTopicOf(options.topicPrefix, topic));
    this.#reader = new KafkaStateReader(kafka, { ...options, topics }, clock);
  }

  /** Makes the topics that are missing, and begins to read. Errors: STATE_INVALID. */
  async start(): Promise<void> {
    // at every assignment: an input topic may have got more partitions
    await ensureStateTopics(this.#kafka, this.#options.topicPrefix, this.#options.topics);
    this.#started ??= this.#reader.start();
    await this.#started;
  }

  /** Takes partitions over from whoever had them; returns their states by partitionKey. To be called before their offsets are read. */
  async open(partitions: readonly PartitionAt[]): Promise<ReadonlyMap<string, ReadonlyMap<string, SeriesState>>> {
    await this.start();
    const places = new Map<string, StatePlace>();
    const waiting = [...partitions];
    const fenceNext = async (): Promise<void> => {
      for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
        const topic = stateTopicOf(this.#options.topicPrefix, at.topic);
        places.set(partitionKey(at), { topic, partition: at.partition, owner: await this.#fence(at, topic) });
      }
    };
    await Promise.all(Array.from({ length: fencingMax }, fenceNext));
    const states = await this.#reader.read([...places.values()]);
    return new Map([...places].map(([key, place]) => [key, states.get(partitionKey(place)) ?? new Map()]));
  }

  /** States and offset of one partition in one transaction. Rejects with the client's error. */
  commit(mark: CommitMark): Promise<void> {
    const writer = this.#writers.get(partitionKey(mark));
    if (writer === undefined)
      throw new DriftcastError('INTERNAL', `committing partition ${mark.partition} of ${mark.topic}: not opened`);
    return writer.commit(mark);
  }

  /** Nothing more is written of this partition. */
  drop(at: PartitionAt): void {
    const writer = this.#writers.get(partitionKey(at));
    this.#writers.delete(partitionKey(at));
    writer?.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#reader.close(), ...[...this.#writers.values()].map((writer) => writer.close())]);
    this.#writers.clear();
  }

  async #fence(at: PartitionAt, stateTopic: string): Promise<string> {
    const { group, model, retriesMax } = this.#options;
    this.drop(at);
    const writer = new KafkaStateWriter(
      this.#transactions,
      { group, model, retriesMax, stateTopic, topic: at.topic, partition: at.partition },
      this.#clock,
    );
    this.#writers.set(partitionKey(at), writer);
    return writer.fence();
  }
}
