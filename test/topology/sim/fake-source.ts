import type { Clock } from '../../../src/core/clock.ts';
import type { CreditGate, Source } from '../../../src/core/component.ts';
import type { CommitMark, SourceEvent, SourceRecord } from '../../../src/core/record.ts';
import type { Rng } from '../../../src/core/rng.ts';

export const TOPIC = 'feed';

/** A log of messages a partition, and what the group has committed: what outlives a crash. */
export class Broker {
  readonly partitions: readonly (readonly string[])[];
  readonly committed: number[];
  /** Ends of the partitions as far as anybody has read: what is below may have had results. */
  readonly seen: number[];
  /** Partitions whose leader does not answer just now. */
  readonly stalled = new Set<number>();

  constructor(partitions: readonly (readonly string[])[]) {
    this.partitions = partitions;
    this.committed = partitions.map(() => 0);
    this.seen = partitions.map(() => 0);
  }
}

export interface FakeSourceOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Whether what this source does still reaches the outside. */
  readonly alive: () => boolean;
  /** Messages between two pauses, at most. */
  readonly burst?: number;
  /** false: stays open at the end, as a live feed does. */
  readonly ends?: boolean;
  readonly onCommit?: (marks: readonly CommitMark[]) => void;
  /** A commit that was on its way while its partition was rebalanced succeeds now and then, as with kafkajs; else it never does. */
  readonly lateCommits?: boolean;
}

interface Slot {
  readonly partition: number;
  generation: number;
  next: number;
  known: number;
  ended: boolean;
  /** With another consumer. */
  away: boolean;
}

/** Reads a Broker as a consumer of a group would, pausing at random, and can be rebalanced in mid-flight. */
export class FakeSource implements Source {
  readonly #options: FakeSourceOptions;
  readonly #slots: Slot[];
  #emit: (event: SourceEvent) => void = () => {};
  #stopped = false;
  #generation = 0;
  emitted = 0;
  stops = 0;
  commits = 0;
  /** Set to make the next commits hang. */
  commitHangs = false;
  /** What is on its way to the broker. */
  committing: readonly CommitMark[] = [];
  failure: Error | null = null;

  constructor(options: FakeSourceOptions) {
    this.#options = options;
    this.#slots = options.broker.partitions.map((_, partition) => ({
      partition,
      generation: 0,
      next: 0,
      known: 0,
      ended: true,
      away: false,
    }));
  }

  async run(emit: (event: SourceEvent) => void, credits: CreditGate): Promise<void> {
    const { clock, rng, alive, burst = 20 } = this.#options;
    this.#emit = emit;
    for (const slot of this.#slots) this.rebalance(slot.partition);
    while (!this.#stopped) {
      if (this.failure !== null) throw this.failure;
      for (let left = rng.integer(burst) + 1; left > 0; left--) {
        while (!credits.free) await credits.whenFree();
        if (!alive()) return new Promise(() => {});
        if (this.#stopped || !this.#next()) break;
      }
      if (this.#options.ends !== false && this.#slots.every(({ ended }) => ended)) return;
      await clock.sleep(10 * (1 + rng.integer(4)));
    }
  }

  /** The partition starts again from its commit, in a new generation; perhaps after having been away. */
  rebalance(partition: number, lost = false): void {
    const slot = this.#slots[partition];
    if (slot === undefined || this.#stopped) return;
    if (lost) this.#send({ kind: 'closed', ...this.#at(slot), ended: false });
    slot.generation = ++this.#generation;
    slot.next = this.#options.broker.committed[partition] ?? 0;
    slot.known = this.#options.broker.seen[partition] ?? 0;
    slot.ended = false;
    slot.away = false;
    this.#send({ kind: 'reset', ...this.#at(slot) });
  }

  /** Of the partition's current assignment. */
  generationOf = (partition: number): number => this.#slots[partition]?.generation ?? 0;

  /** The partition goes to another consumer, until it is rebalanced. */
  leave(partition: number): void {
    const slot = this.#slots[partition];
    if (slot === undefined || slot.away || this.#stopped) return;
    this.#send({ kind: 'closed', ...this.#at(slot), ended: false });
    slot.generation = ++this.#generation;
    slot.away = true;
    slot.ended = false;
  }

  async commit(marks: readonly CommitMark[]): Promise<void> {
    const { clock, rng, alive, broker, onCommit, lateCommits = false } = this.#options;
    const isCurrent = ({ partition, generation }: CommitMark) => this.#slots[partition]?.generation === generation;
    if (!alive()) return new Promise(() => {});
    this.committing = marks.filter(isCurrent);
    await clock.sleep(10 * rng.integer(3));
    if (this.commitHangs) await new Promise(() => {});
    if (!alive()) return new Promise(() => {});
    const taken = this.committing.filter((mark) => isCurrent(mark) || (lateCommits && rng.uniform() < 0.5));
    this.committing = [];
    onCommit?.(taken);
    this.commits++;
    for (const { partition, nextOffset } of taken) broker.committed[partition] = nextOffset;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.stops++;
  }

  async close(): Promise<void> {}
  progress = (): null => null;
  health = () => ({ ok: true, detail: '' });

  /** Emits one message of a partition chosen at random; false when there is none. */
  #next(): boolean {
    const { rng, broker } = this.#options;
    const open = this.#slots.filter(
      ({ partition, next, ended, away }) =>
        !ended && !away && !broker.stalled.has(partition) && next < (broker.partitions[partition]?.length ?? 0),
    );
    const slot = open[rng.integer(Math.max(1, open.length))];
    if (slot !== undefined) {
      const value = broker.partitions[slot.partition]?.[slot.next] ?? null;
      const record: SourceRecord = {
        key: null,
        value: value === null ? null : Buffer.from(value),
        timestampMs: null,
        position: { ...this.#at(slot), offset: slot.next },
        ...(slot.next < slot.known ? { mayBeKnown: true } : {}),
      };
      slot.next++;
      broker.seen[slot.partition] = Math.max(broker.seen[slot.partition] ?? 0, slot.next);
      this.emitted++;
      this.#send({ kind: 'record', record });
    }
    if (this.#options.ends !== false) for (const each of this.#slots) this.#endIfOver(each);
    return slot !== undefined;
  }

  #endIfOver(slot: Slot): void {
    if (slot.ended || slot.away || slot.next < (this.#options.broker.partitions[slot.partition]?.length ?? 0)) return;
    slot.ended = true;
    this.#send({ kind: 'closed', ...this.#at(slot), ended: true });
  }

  #send(event: SourceEvent): void {
    if (this.#options.alive()) this.#emit(event);
  }

  #at = ({ partition, generation }: Slot) => ({ topic: TOPIC, partition, generation });
}
