import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import type { ComponentContext, CreditGate, Source } from '../core/component.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { type CommitMark, partitionKey, type SourceEvent } from '../core/record.ts';
import type { SeriesState } from '../core/series-state.ts';
import { askAgain } from './ask-again.ts';
import { type Deferred, deferred } from './deferred.ts';
import { KafkaCommits } from './kafka-commits.ts';
import { createConsumer } from './kafka-consumer.ts';
import { emitBatch } from './kafka-emitter.ts';
import { isPermanent, readingFailed, topicsMissing } from './kafka-errors.ts';
import { tellLag, tellLags } from './kafka-lag.ts';
import { KafkaOffsets, type PartitionOffsets } from './kafka-offsets.ts';
import type { KafkaSourceOptions } from './kafka-options.ts';
import { type OwnedPartition, OwnedPartitions } from './kafka-partitions.ts';
import { startOf } from './kafka-start.ts';
import type { KafkaStates } from './kafka-states.ts';

type SessionOptions = Omit<KafkaSourceOptions, 'topics' | 'group'> & {
  readonly topics: readonly string[];
  readonly group: string;
};

/** Where states of series live with the offsets. */
export interface SessionStates {
  readonly kafka: KafkaStates;
  readonly topicPrefix: string;
}

const lagEveryMs = 10_000;
const closeMsMax = 5000;
/** Heartbeats that prove, after a failed transaction, that the partition is still this member's: one may have been on its way. */
const heartbeatsToBeSure = 2;
const confirmEveryMs = 100;

/** One membership of a consumer group, from `run` to `close`. */
export class KafkaSession implements Source {
  readonly #options: SessionOptions;
  readonly #context: ComponentContext;
  readonly #consumer: Consumer;
  readonly #offsets: KafkaOffsets;
  readonly #states: KafkaStates | null;
  readonly #commits: KafkaCommits;
  readonly #partitions = new OwnedPartitions();
  /** Ends of the partitions when the session began, by partitionKey; used with `until: end`. */
  readonly #ends = new Map<string, number>();
  readonly #over: Deferred;
  #emit: (event: SourceEvent) => void = () => undefined;
  #state = 'not started';
  #stopped = false;
  #heardMs = 0;
  #heartbeats = 0;
  #stopLag: () => void = () => undefined;

  constructor(kafka: Kafka, options: SessionOptions, context: ComponentContext, states: SessionStates | null = null) {
    this.#options = options;
    this.#context = context;
    this.#over = deferred();
    this.#offsets = new KafkaOffsets(kafka, options.group, options.topics);
    this.#consumer = createConsumer(kafka, options);
    this.#states = states?.kafka ?? null;
    this.#commits = new KafkaCommits({
      consumer: this.#consumer,
      group: options.group,
      partitions: this.#partitions,
      telemetry: context.telemetry,
      stopped: () => this.#stopped,
      states,
      onLost: (slot, error) => void this.#reopen(slot, error).catch((failure) => this.#fail(failure)),
    });
  }

  get keepsStates(): boolean {
    return this.#states !== null;
  }

  run(emit: (event: SourceEvent) => void, credits: CreditGate): Promise<void> {
    this.#emit = emit;
    this.#start(credits).catch((error) => this.#fail(error));
    return this.#over.promise;
  }

  commit(marks: readonly CommitMark[]): Promise<void> {
    return this.#commits.commit(marks);
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
    const closing = Promise.allSettled([this.#consumer.disconnect(), this.#offsets.close(), this.#states?.close()]);
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
    await this.#states?.start();
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
    if (!this.#stopped)
      this.#stopLag = this.#context.clock.every(
        lagEveryMs,
        () => void tellLags(this.#context.telemetry, this.#partitions, this.#offsets),
      );
  }

  /** A cluster that has never had a group takes a moment to make one. */
  #noteEnds(): Promise<void> {
    return askAgain(this.#context.clock, async () => {
      if (this.#stopped) return;
      for (const [key, { high }] of await this.#offsets.read([])) this.#ends.set(key, high);
    });
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH, START_BATCH_PROCESS } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, (event) => this.#joined(event));
    this.#consumer.on(CRASH, (event) => this.#crashed(event));
    this.#consumer.on(REBALANCING, () => this.#enter('rebalancing'));
    this.#consumer.on(HEARTBEAT, () => {
      this.#heardMs = this.#context.clock.monotonicMs();
      this.#heartbeats++;
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
    // Where states are kept, nobody's memory counts: a partition is gone, and starts when its states have been read.
    const gone = this.#states === null ? [] : this.#partitions.lose();
    const joined = this.#partitions.join(payload.memberAssignment);
    this.#emitAll(this.#states === null ? joined : gone);
    this.#dropWriters(gone);
    this.#locate(this.#partitions.all()).catch((error) => this.#fail(error));
  }

  #crashed({ payload: { error, restart } }: ConsumerCrashEvent): void {
    this.#enter('restarting');
    const gone = this.#partitions.lose();
    this.#emitAll(gone);
    this.#dropWriters(gone);
    if (!restart) this.#fail(error);
  }

  #emitAll(events: readonly SourceEvent[]): void {
    try {
      for (const event of events) if (!this.#stopped) this.#emit(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  #dropWriters(gone: readonly SourceEvent[]): void {
    for (const event of gone)
      if (event.kind === 'closed' && this.#partitions.get(event) === undefined) this.#states?.drop(event);
  }

  /** Finds out where partitions start, and from which states, and goes there. Batches wait for it. */
  #locate(slots: readonly OwnedPartition[]): Promise<void> {
    const current = () => slots.filter((slot) => this.#partitions.get(slot) === slot);
    const over = () => this.#stopped || (slots.length > 0 && current().length === 0);
    const goThere = async () => {
      if (over()) return;
      // The states first: whoever had a partition before is shut out now, and its last commit counts.
      const states = await this.#states?.open(current());
      const offsets = await this.#offsets.read(current());
      if (over()) return;
      for (const slot of current()) {
        const own = states?.get(partitionKey(slot));
        if (states !== undefined && own === undefined)
          throw new Error(`partition ${slot.partition} of ${slot.topic} is opened anew`);
        if (own !== undefined) this.#emitAll([resetOf(slot, own)]);
        this.#seek(slot, offsets.get(partitionKey(slot)) as PartitionOffsets);
      }
      this.#endIfAllEnded();
    };
    return askAgain(this.#context.clock, goThere, (error) => over() || isPermanent(error)).catch((error) => {
      if (!over()) throw error;
    });
  }

  /** The partition goes back to what was committed, if it is still this member's. */
  async #reopen(slot: OwnedPartition, error: unknown): Promise<void> {
    const renewed = this.#partitions.renew(slot);
    if (renewed === null) return;
    const at = { topic: slot.topic, partition: slot.partition };
    this.#context.telemetry.log('warn', `committing states: ${messageOf(error)}; back to the last commit`, at);
    this.#emitAll([renewed.gone]);
    const wanted = this.#heartbeats + heartbeatsToBeSure;
    while (this.#heartbeats < wanted && !this.#stopped && this.#partitions.get(slot) === renewed.fresh)
      await this.#context.clock.sleep(confirmEveryMs);
    await this.#locate([renewed.fresh]);
  }

  #seek(slot: OwnedPartition, offsets: PartitionOffsets): void {
    const { offset, warning } = startOf(offsets, this.#options.from);
    if (warning !== null) this.#context.telemetry.log('warn', warning, { group: this.#options.group });
    const { topic, partition } = slot;
    this.#consumer.seek({ topic, partition, offset: String(offset) });
    slot.start = offset;
    slot.committed = offsets.committed === offset ? offset : -1;
    if (this.#options.until === 'end') slot.end = this.#ends.get(partitionKey(slot)) ?? offsets.high;
    slot.known = offsets.high;
    slot.next = offset;
    this.#moved(slot, offsets.high);
  }

  #moved(slot: OwnedPartition, high: number): void {
    tellLag(this.#context.telemetry, slot, high);
    const end = this.#partitions.endIfReached(slot);
    if (end === null) return;
    this.#emitAll([end]);
    this.#endIfAllEnded();
  }

  #endIfAllEnded(): void {
    if (this.#options.until !== 'end' || this.#partitions.all().some(({ ended }) => !ended)) return;
    this.stop().catch((error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#enter(`failed: ${messageOf(error)}`);
    this.#over.reject(error instanceof DriftcastError ? error : readingFailed(this.#options, error));
  }
}

const resetOf = ({ topic, partition, generation }: OwnedPartition, states: ReadonlyMap<string, SeriesState>) =>
  ({ kind: 'reset', topic, partition, generation, states }) as const;
