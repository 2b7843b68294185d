import { type CommitMark, partitionKey, type SourceEvent } from '../core/record.ts';

/** A partition that this member owns, in one generation. */
export interface OwnedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  /** Offset of the message that comes next; null until it is known where the generation starts. */
  next: number | null;
  /** What this generation has committed, -1 while nothing. */
  committed: number;
  /** Where the generation started, for progress. */
  start: number;
  /** Offset to stop in front of; Infinity: never. */
  end: number;
  ended: boolean;
  /** End of the partition when the generation began: what is below may have been answered before. */
  known: number;
}

/**
 * Who owns what. A generation is one membership of the group: every partition that a join assigns gets a new one, retained
 * partitions too, since an eager rebalance rewinds them to their last commit.
 */
export class OwnedPartitions {
  #generation = 0;
  #owned: ReadonlyMap<string, OwnedPartition> = new Map();

  /** Of the newest membership. Grows with every join and every loss. */
  get generation(): number {
    return this.#generation;
  }

  /** Takes over a new assignment: what is gone is closed, what is there is reset, in this order. */
  join(assignment: Readonly<Record<string, readonly number[]>>): readonly SourceEvent[] {
    const before = this.#owned;
    const generation = ++this.#generation;
    const owned = new Map<string, OwnedPartition>();
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        owned.set(partitionKey({ topic, partition }), slotOf({ topic, partition, generation }));
      }
    }
    this.#owned = owned;
    const gone = [...before].filter(([key]) => !owned.has(key)).map(([, slot]) => closed(slot, false));
    const there = [...owned.values()].map(
      ({ topic, partition }) => ({ kind: 'reset', topic, partition, generation }) as const,
    );
    return [...gone, ...there];
  }

  /** The member has left the group: nothing is owned any more. */
  lose(): readonly SourceEvent[] {
    const gone = [...this.#owned.values()].map((slot) => closed(slot, false));
    this.#generation++;
    this.#owned = new Map();
    return gone;
  }

  /** A generation of its own for one partition that goes back to its commit, or null where it is not owned like that any more. */
  renew(slot: OwnedPartition): { readonly gone: SourceEvent; readonly fresh: OwnedPartition } | null {
    if (this.get(slot) !== slot) return null;
    const fresh = slotOf({ topic: slot.topic, partition: slot.partition, generation: ++this.#generation });
    this.#owned = new Map(this.#owned).set(partitionKey(slot), fresh);
    return { gone: closed(slot, false), fresh };
  }

  get(at: { readonly topic: string; readonly partition: number }): OwnedPartition | undefined {
    return this.#owned.get(partitionKey(at));
  }

  all(): readonly OwnedPartition[] {
    return [...this.#owned.values()];
  }

  /** The newest mark of every owned partition that is of its generation and ahead of its commit. */
  current(marks: readonly CommitMark[]): readonly CommitMark[] {
    const newest = new Map<string, CommitMark>();
    for (const mark of marks) {
      const key = partitionKey(mark);
      const slot = this.#owned.get(key);
      if (slot === undefined || slot.generation !== mark.generation) continue;
      // states may have moved on while the offset has not
      const hasStates = (mark.states?.size ?? 0) > 0;
      if (hasStates ? mark.nextOffset < slot.committed : mark.nextOffset <= slot.committed) continue;
      if (mark.nextOffset > (newest.get(key)?.nextOffset ?? -1)) newest.set(key, mark);
    }
    return [...newest.values()];
  }

  /** Remembers marks that the broker has taken. */
  committed(marks: readonly CommitMark[]): void {
    for (const mark of marks) {
      const slot = this.get(mark);
      if (slot?.generation === mark.generation) slot.committed = Math.max(slot.committed, mark.nextOffset);
    }
  }

  /** Marks a partition as read to its end; null where it already was, or has no end, or is not there yet. */
  endIfReached(slot: OwnedPartition): SourceEvent | null {
    if (slot.ended || slot.next === null || slot.next < slot.end) return null;
    slot.ended = true;
    return closed(slot, true);
  }

  /** Share of the messages between start and end that were emitted; null where a partition has no end. */
  progress(): number | null {
    let done = 0;
    let whole = 0;
    for (const { start, end, next, ended } of this.#owned.values()) {
      if (end === Infinity) return null;
      whole += Math.max(end - start, 0);
      done += ended ? Math.max(end - start, 0) : Math.max((next ?? start) - start, 0);
    }
    return whole === 0 ? null : Math.min(done / whole, 1);
  }
}

const slotOf = (at: {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
}): OwnedPartition => ({ ...at, next: null, committed: -1, start: 0, end: Infinity, ended: false, known: 0 });

const closed = ({ topic, partition, generation }: OwnedPartition, ended: boolean): SourceEvent => ({
  kind: 'closed',
  topic,
  partition,
  generation,
  ended,
});
