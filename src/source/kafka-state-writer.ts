import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { CompressionTypes, type Kafka, type Message, Partitioners, type Producer, type Transaction } from 'kafkajs';
import type { Clock } from '../core/clock.ts';
import type { CommitMark } from '../core/record.ts';
import { errorTypeOf } from './kafka-errors.ts';
import { markMessage, stateMessage } from './kafka-state-record.ts';

export interface StateWriterOptions {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly stateTopic: string;
  readonly model: string;
  readonly retriesMax: number;
}

/** Characters of one batch, unless a single state is longer: brokers refuse batches above max.message.bytes. */
const batchCharsMax = 800_000;
const concurrentAttemptsMax = 500;
const concurrentWaitMs = 20;

/**
 * The one who may write the states and the offset of a partition: its transactional id is that of the partition, so that
 * whoever comes next shuts it out (`fence`). After any failure it is of no use: nobody knows whether the transaction counts.
 */
export class KafkaStateWriter {
  readonly #options: StateWriterOptions;
  readonly #clock: Clock;
  readonly #producer: Producer;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(kafka: Kafka, options: StateWriterOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#producer = kafka.producer({
      transactionalId: `${options.group}.${options.topic}.${options.partition}`,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // without it an idempotent producer retries for ever, and a disconnect does not end it
      retry: { retries: options.retriesMax },
    });
  }

  /**
   * Shuts out whoever wrote before; what that one has not committed is void. Returns what to look for in the state topic:
   * the mark behind everything that counts.
   */
  fence(): Promise<string> {
    return this.#use(() => this.#fence());
  }

  /** States and offset in one transaction. Rejects with the client's error. */
  commit(mark: CommitMark): Promise<void> {
    return this.#use(() => this.#commit(mark));
  }

  /** Disconnects when what is under way has ended: a disconnect before would be undone by its next retry. */
  close(): Promise<void> {
    return this.#busy.then(() => this.#producer.disconnect());
  }

  #use<T>(task: () => Promise<T>): Promise<T> {
    const running = task();
    this.#busy = running.catch(() => undefined);
    return running;
  }

  async #fence(): Promise<string> {
    const { stateTopic, partition } = this.#options;
    const owner = randomUUID();
    await this.#producer.connect();
    const transaction = await this.#producer.transaction();
    await transaction.send({ topic: stateTopic, acks: -1, messages: [markMessage(owner, partition)] });
    await transaction.commit();
    return owner;
  }

  async #commit({ nextOffset, states = new Map() }: CommitMark): Promise<void> {
    const { stateTopic } = this.#options;
    const transaction = await this.#producer.transaction();
    for await (const messages of this.#batches(states))
      await transaction.send({ topic: stateTopic, acks: -1, compression: CompressionTypes.GZIP, messages });
    await this.#sendOffset(transaction, nextOffset);
    await transaction.commit();
  }

  async *#batches(states: NonNullable<CommitMark['states']>): AsyncGenerator<Message[]> {
    const { partition, model } = this.#options;
    let batch: Message[] = [];
    let chars = 0;
    for (const [series, state] of states) {
      const message = stateMessage(series, state, partition, model);
      const own = series.length + (message.value?.length ?? 0);
      if (batch.length > 0 && chars + own > batchCharsMax) {
        yield batch;
        await setImmediate();
        batch = [];
        chars = 0;
      }
      batch.push(message);
      chars += own;
    }
    if (batch.length > 0) yield batch;
  }

  /** The brokers may still be ending the transaction before; the client retries that everywhere but here. */
  async #sendOffset(transaction: Transaction, nextOffset: number): Promise<void> {
    const { group, topic, partition } = this.#options;
    const topics = [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }];
    for (let attempt = 1; ; attempt++) {
      try {
        return await transaction.sendOffsets({ consumerGroupId: group, topics });
      } catch (error) {
        if (errorTypeOf(error) !== 'CONCURRENT_TRANSACTIONS' || attempt >= concurrentAttemptsMax) throw error;
        await this.#clock.sleep(concurrentWaitMs);
      }
    }
  }
}
