import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import type { ComponentContext, CreditGate, Source } from '../core/component.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { type CommitMark, partitionKey, type SourceEvent } from '../core/record.ts';
import { type Deferred, deferred } from './deferred.ts';
import { emitBatch } from './kafka-emitter.ts';
import { committingFailed, isGenerationOver, readingFailed, topicsMissing } from './kafka-errors.ts';
import { KafkaOffsets, type PartitionOffsets } from './kafka-offsets.ts';
import type { KafkaSourceOptions } from './kafka-options.ts';
import { type OwnedPartition, OwnedPartitions } from './kafka-partitions.ts';
import { startOf } from './kafka-start.ts';

type SessionOptions = Omit<KafkaSourceOptions, 'topics' | 'group'> & {
  readonly topics: readonly string[];
  readonly group: string;
};

const lagEveryMs = 10_000;
const locateAttemptsMax = 60;
const closeMsMax = 5000;

/** One membership of a consumer group, from `run` to `close`. */
export class KafkaSession implements Source {
  readonly #options: SessionOptions;
  readonly #context: ComponentContext;
  readonly #consumer: Consumer;
  readonly #offsets: KafkaOffsets;
  readonly #partitions = new OwnedPartitions();
  /** Ends of the partitions when the session began, by partitionKey; used with `until: end`. */
  readonly #ends = new Map<string, number>();
  readonly #over: Deferred;
  #emit: (event: SourceEvent) => void = () => undefined;
  #state = 'not started';
  #stopped = false;
  #heardMs = 0;
  #committing: Promise<void> = Promise.resolve();
  #stopLag: () => void = () => undefined;

  constructor(kafka: Kafka, options: SessionOptions, context: ComponentContext) {
    this.#options = options;
    this.#context = context;
    this.#over = deferred();
    this.#offsets = new KafkaOffsets(kafka, options.group, options.topics);
    this.#consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: options.session_timeout_ms,
      heartbeatInterval: Math.min(options.heartbeat_ms, Math.floor(options.session_timeout_ms / 3)),
      rebalanceTimeout: options.rebalance_timeout_ms,
      maxWaitTimeInMs: options.fetch_wait_ms_max,
      maxBytes: options.fetch_bytes_max,
      maxBytesPerPartition: Math.min(1_048_576, options.fetch_bytes_max),
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
    });
  }

  run(emit: (event: SourceEvent) => void, credits: CreditGate): Promise<void> {
    this.#emit = emit;
    this.#start(credits).catch((error) => this.#fail(error));
    return this.#over.promise;
  }

  commit(marks: readonly CommitMark[]): Promise<void> {
    // One after the other: an older commit that overtakes a newer one would move the group back.
    const commit = this.#committing.then(() => this.#commitNow(marks));
    this.#committing = commit.catch(() => undefined);
    return commit;
  }

  /** The member stays in the group, or its commits would no longer be taken. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#state = 'stopped';
    this.#stopLag();
    if (this.#partitions.all().length > 0) this.#consumer.pause(this.#options.topics.map((topic) => ({ topic })));
    this.#over.resolve();
  }

  async close(): Promise<void> {
    await this.stop();
    const late = new AbortController();
    const closing = Promise.allSettled([this.#consumer.disconnect(), this.#offsets.close()]);
    // With the brokers gone, leaving the group would be retried for minutes; the session timeout does it for us.
    await Promise.race([closing, this.#context.clock.sleep(closeMsMax, late.signal)]);
    late.abort();
  }

  progress(): number | null {
    return this.#options.until === 'end' ? this.#partitions.progress() : null;
  }

  health(): { readonly ok: boolean; readonly detail: string } {
    const { group, session_timeout_ms } = this.#options;
    if (this.#state !== 'reading') return { ok: false, detail: `group ${group}: ${this.#state}` };
    const silentMs = this.#context.clock.monotonicMs() - this.#heardMs;
    if (silentMs > session_timeout_ms)
      return { ok: false, detail: `group ${group}: no answer from the brokers for ${Math.round(silentMs)} ms` };
    return { ok: true, detail: `group ${group}: ${this.#partitions.all().length} partitions` };
  }

  async #start(credits: CreditGate): Promise<void> {
    const { topics, until } = this.#options;
    this.#state = 'connecting';
    const missing = await this.#offsets.missingTopics();
    if (missing.length > 0) throw topicsMissing(missing);
    if (until === 'end') await this.#noteEnds();
    this.#listen();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    this.#state = 'joining';
    const parts = {
      partitions: this.#partitions,
      emit: this.#emit,
      credits,
      clock: this.#context.clock,
      stopped: () => this.#stopped,
      moved: (slot: OwnedPartition, high: number) => this.#moved(slot, high),
    };
    if (this.#stopped) return;
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => emitBatch(payload, parts).catch((error) => this.#fail(error)),
    });
    if (!this.#stopped) this.#stopLag = this.#context.clock.every(lagEveryMs, () => void this.#reportLag());
  }

  /** A cluster that has never had a group takes a moment to make one: asks again. */
  async #noteEnds(): Promise<void> {
    for (let attempt = 1; !this.#stopped; attempt++) {
      try {
        for (const [key, { high }] of await this.#offsets.read([])) this.#ends.set(key, high);
        return;
      } catch (error) {
        if (attempt >= locateAttemptsMax) throw error;
        await this.#context.clock.sleep(Math.min(50 * 2 ** attempt, 1000));
      }
    }
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH, START_BATCH_PROCESS } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, (event) => this.#joined(event));
    this.#consumer.on(CRASH, (event) => this.#crashed(event));
    this.#consumer.on(REBALANCING, () => this.#enter('rebalancing'));
    this.#consumer.on(HEARTBEAT, () => {
      this.#heardMs = this.#context.clock.monotonicMs();
    });
    // Batches of control records alone never reach eachBatch, but they do move the partition.
    this.#consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      const slot = this.#partitions.get(payload);
      if (payload.batchSize > 0 || slot === undefined || slot.next !== Number(payload.firstOffset)) return;
      slot.next = Number(payload.lastOffset) + 1;
      this.#moved(slot, Number(payload.highWatermark));
    });
  }

  #enter(state: string): void {
    if (!this.#stopped) this.#state = state;
  }

  /** Called by the client before it fetches anything of the new generation. */
  #joined({ payload }: ConsumerGroupJoinEvent): void {
    this.#heardMs = this.#context.clock.monotonicMs();
    this.#enter('reading');
    this.#emitAll(this.#partitions.join(payload.memberAssignment));
    this.#locate().catch((error) => this.#fail(error));
  }

  #crashed({ payload: { error, restart } }: ConsumerCrashEvent): void {
    this.#enter('restarting');
    this.#emitAll(this.#partitions.lose());
    if (!restart) this.#fail(error);
  }

  #emitAll(events: readonly SourceEvent[]): void {
    try {
      for (const event of events) if (!this.#stopped) this.#emit(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Finds out where the partitions of this generation start, and goes there. Batches wait for it. */
  async #locate(): Promise<void> {
    const { generation } = this.#partitions;
    const current = () => !this.#stopped && this.#partitions.generation === generation;
    for (let attempt = 1; current(); attempt++) {
      try {
        const offsets = await this.#offsets.read(this.#partitions.all());
        if (!current()) return;
        for (const slot of this.#partitions.all())
          this.#seek(slot, offsets.get(partitionKey(slot)) as PartitionOffsets);
        return this.#endIfAllEnded();
      } catch (error) {
        if (attempt >= locateAttemptsMax) throw error;
        await this.#context.clock.sleep(Math.min(50 * 2 ** attempt, 1000));
      }
    }
  }

  #seek(slot: OwnedPartition, offsets: PartitionOffsets): void {
    const { offset, warning } = startOf(offsets, this.#options.from);
    if (warning !== null) this.#context.telemetry.log('warn', warning, { group: this.#options.group });
    const { topic, partition } = slot;
    this.#consumer.seek({ topic, partition, offset: String(offset) });
    slot.start = offset;
    slot.committed = offsets.committed === offset ? offset : -1;
    if (this.#options.until === 'end') slot.end = this.#ends.get(partitionKey(slot)) ?? offsets.high;
    slot.next = offset;
    this.#moved(slot, offsets.high);
  }

  #moved(slot: OwnedPartition, high: number): void {
    this.#lag(slot, high);
    const end = this.#partitions.endIfReached(slot);
    if (end === null) return;
    this.#emitAll([end]);
    this.#endIfAllEnded();
  }

  #endIfAllEnded(): void {
    if (this.#options.until !== 'end' || this.#partitions.all().some(({ ended }) => !ended)) return;
    this.stop().catch((error) => this.#fail(error));
  }

  async #commitNow(marks: readonly CommitMark[]): Promise<void> {
    const current = this.#partitions.current(marks);
    if (current.length === 0) return;
    const { generation } = this.#partitions;
    try {
      await this.#consumer.commitOffsets(
        current.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: String(nextOffset) })),
      );
    } catch (error) {
      if (this.#partitions.generation !== generation || isGenerationOver(error)) return;
      throw committingFailed(this.#options.group, error);
    }
    this.#partitions.committed(current);
    for (const { topic, partition, nextOffset } of current) {
      this.#context.telemetry.gauge('low_water_offset', nextOffset, { topic, partition: String(partition) });
    }
  }

  async #reportLag(): Promise<void> {
    try {
      const offsets = await this.#offsets.read([]);
      for (const slot of this.#partitions.all()) {
        const at = offsets.get(partitionKey(slot));
        if (at !== undefined) this.#lag(slot, at.high);
      }
    } catch (error) {
      this.#context.telemetry.log('debug', `asking for the ends of the partitions: ${messageOf(error)}`);
    }
  }

  #lag({ topic, partition, next }: OwnedPartition, high: number): void {
    if (next === null) return;
    this.#context.telemetry.gauge('lag_messages', Math.max(high - next, 0), { topic, partition: String(partition) });
  }

  #fail(error: unknown): void {
    this.#enter(`failed: ${messageOf(error)}`);
    this.#over.reject(error instanceof DriftcastError ? error : readingFailed(this.#options, error));
  }
}
