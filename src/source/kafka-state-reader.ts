import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Clock } from '../core/clock.ts';
import { DriftcastError } from '../core/errors.ts';
import { partitionKey } from '../core/record.ts';
import type { SeriesState } from '../core/series-state.ts';
import { Turns } from '../core/turns.ts';
import { type Deferred, deferred } from './deferred.ts';
import { readStateRecord } from './kafka-state-record.ts';

export interface StateReaderOptions {
  /** Topics that hold states. */
  readonly topics: readonly string[];
  /** Of the pipeline; that of the reader is named after it. */
  readonly group: string;
  readonly model: string;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly fetchBytesMax: number;
  readonly seriesMax: number;
}

/** A partition of a state topic, and the owner whose mark ends what counts of it. */
export interface StatePlace {
  readonly topic: string;
  readonly partition: number;
  readonly owner: string;
}

interface Reading {
  readonly place: StatePlace;
  /** Written least recently first. */
  readonly states: Map<string, SeriesState>;
  readonly done: Deferred;
  heardMs: number;
}

const silentMsMax = 60_000;
const checkMs = 1000;
const fetchWaitMs = 200;

/**
 * Reads partitions of state topics from their beginning. The client can only read as a member of a group: this is the one
 * member of a group of its own, which is given all partitions and rests on all but those that are asked for. It stays a
 * member, since joining an empty group takes seconds.
 */
export class KafkaStateReader {
  readonly #options: StateReaderOptions;
  readonly #clock: Clock;
  readonly #consumer: Consumer;
  readonly #readings = new Map<string, Reading>();

  constructor(kafka: Kafka, options: StateReaderOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#consumer = kafka.consumer({
      groupId: `${options.group}-states-${randomUUID()}`,
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: options.heartbeatMs,
      maxWaitTimeInMs: fetchWaitMs,
      maxBytes: options.fetchBytesMax,
      metadataMaxAge: 10_000,
      allowAutoTopicCreation: false,
    });
  }

  /** Joins. Errors after that are the client's to mend: a reading that makes no progress says so. */
  async start(): Promise<void> {
    const { topics } = this.#options;
    // called before anything is fetched
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, () => this.#restAll());
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  /** By partitionKey of the places: the states, up to the mark of the owner. Errors: STATE_INVALID. */
  async read(places: readonly StatePlace[]): Promise<ReadonlyMap<string, ReadonlyMap<string, SeriesState>>> {
    const heardMs = this.#clock.monotonicMs();
    const readings = places.map((place): Reading => ({ place, states: new Map(), done: deferred(), heardMs }));
    for (const reading of readings) {
      const { topic, partition } = reading.place;
      this.#readings.get(partitionKey(reading.place))?.done.reject(new Error('the partition is read anew'));
      this.#readings.set(partitionKey(reading.place), reading);
      // compaction keeps the first offset valid; where it is not, the client goes on with the oldest one there is
      this.#consumer.seek({ topic, partition, offset: '0' });
      this.#consumer.resume([{ topic, partitions: [partition] }]);
    }
    const over = new AbortController();
    try {
      await Promise.race([Promise.all(readings.map(({ done }) => done.promise)), this.#watch(readings, over.signal)]);
    } finally {
      over.abort();
      for (const reading of readings) this.#rest(reading);
    }
    return new Map(readings.map(({ place, states }) => [partitionKey(place), states]));
  }

  close(): Promise<void> {
    return this.#consumer.disconnect();
  }

  /** Never throws: the client would fetch the same again. */
  async #take({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const reading = this.#readings.get(partitionKey(batch));
    const live = () => isRunning() && !isStale() && this.#readings.get(partitionKey(batch)) === reading;
    if (reading === undefined || !live()) return;
    const turns = new Turns(this.#clock);
    try {
      for (const message of batch.messages) {
        if (this.#apply(message, reading)) return this.#rest(reading);
        if (!turns.isOver) continue;
        await turns.pass();
        await heartbeat().catch(() => undefined);
        if (!live()) return;
      }
    } catch (error) {
      reading.done.reject(error as Error);
      return this.#rest(reading);
    }
    reading.heardMs = this.#clock.monotonicMs();
    const last = batch.messages.at(-1);
    if (last !== undefined) resolveOffset(last.offset);
  }

  /** Whether this was the mark of the owner. */
  #apply(message: KafkaMessage, { place, states, done }: Reading): boolean {
    const record = readStateRecord(message, `${place.topic}, partition ${place.partition}`, this.#options.model);
    if (record.kind === 'mark') {
      if (record.owner !== place.owner) return false;
      done.resolve();
      return true;
    }
    states.delete(record.series);
    if (record.kind === 'none') return false;
    states.set(record.series, record.state);
    const oldest = states.keys().next();
    if (states.size > this.#options.seriesMax && !oldest.done) states.delete(oldest.value);
    return false;
  }

  async #watch(readings: readonly Reading[], signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#clock.sleep(checkMs, signal);
      if (signal.aborted) return new Promise(() => undefined);
      const nowMs = this.#clock.monotonicMs();
      const silent = readings.find(
        (one) => this.#readings.get(partitionKey(one.place)) === one && nowMs - one.heardMs > silentMsMax,
      );
      if (silent === undefined) continue;
      const { topic, partition } = silent.place;
      throw new DriftcastError(
        'STATE_INVALID',
        `reading partition ${partition} of the state topic ${topic}: nothing came for ${silentMsMax} ms (${silent.states.size} states so far)`,
        { retryable: true, hint: 'Check that the user may read the topic, and groups named after the pipeline’s.' },
      );
    }
  }

  #rest(reading: Reading): void {
    const { topic, partition } = reading.place;
    if (this.#readings.get(partitionKey(reading.place)) !== reading) return;
    this.#readings.delete(partitionKey(reading.place));
    this.#consumer.pause([{ topic, partitions: [partition] }]);
  }

  #restAll(): void {
    this.#consumer.pause(this.#options.topics.map((topic) => ({ topic })));
    for (const { place } of this.#readings.values())
      this.#consumer.resume([{ topic: place.topic, partitions: [place.partition] }]);
  }
}
