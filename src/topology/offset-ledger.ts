import { type CommitMark, type Position, partitionKey } from '../core/record.ts';
import type { Hold } from '../core/window.ts';

interface Entry {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  /** One past the newest message taken. */
  nextOffset: number;
  /** Below this nothing is left to do, as last committed. */
  committed: number;
  readonly holds: Set<{ readonly offset: number }>;
}

/**
 * The low-water mark of every partition: no offset is committed before everything that depends on it is delivered.
 * Holds of an older generation are void: the partition has been replayed from its commit since.
 */
export class OffsetLedger {
  readonly #entries = new Map<string, Entry>();
  /** What was asked for last: messages come partition by partition. */
  #last: Entry | null = null;

  /** The partition starts from its last commit. */
  open(at: { readonly topic: string; readonly partition: number; readonly generation: number }): void {
    this.#last = null;
    this.#entries.set(partitionKey(at), { ...at, nextOffset: -1, committed: -1, holds: new Set() });
  }

  drop(at: { readonly topic: string; readonly partition: number; readonly generation: number }): void {
    const entry = this.#entries.get(partitionKey(at));
    if (entry === undefined || entry.generation > at.generation) return;
    this.#last = null;
    this.#entries.delete(partitionKey(at));
  }

  seen(position: Position): void {
    const entry = this.#current(position);
    if (entry !== undefined) entry.nextOffset = Math.max(entry.nextOffset, position.offset + 1);
  }

  /** Whether the partition is still in that assignment; what is of an older one has been, or will be, replayed. */
  isCurrent(at: { readonly topic: string; readonly partition: number; readonly generation: number }): boolean {
    return this.#current(at) !== undefined;
  }

  /** Keeps the offset from being committed until the returned function is called. */
  hold(hold: Hold): () => void {
    const entry = this.#current(hold);
    if (entry === undefined) return () => {};
    const token = { offset: hold.offset };
    entry.holds.add(token);
    return () => void entry.holds.delete(token);
  }

  /**
   * What may be committed now.
   * @param oldestNeeded the oldest offset that windows still to come need, or null
   */
  marks(oldestNeeded: (topic: string, partition: number) => number | null): CommitMark[] {
    const marks: CommitMark[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.nextOffset < 0) continue;
      let low = Math.min(entry.nextOffset, oldestNeeded(entry.topic, entry.partition) ?? Number.POSITIVE_INFINITY);
      for (const { offset } of entry.holds) low = Math.min(low, offset);
      if (low > entry.committed)
        marks.push({ topic: entry.topic, partition: entry.partition, generation: entry.generation, nextOffset: low });
    }
    return marks;
  }

  committed(marks: readonly CommitMark[]): void {
    for (const mark of marks) {
      const entry = this.#current(mark);
      if (entry !== undefined) entry.committed = Math.max(entry.committed, mark.nextOffset);
    }
  }

  #current(at: { readonly topic: string; readonly partition: number; readonly generation: number }): Entry | undefined {
    const { topic, partition, generation } = at;
    let entry = this.#last;
    if (entry === null || entry.partition !== partition || entry.topic !== topic) {
      entry = this.#entries.get(partitionKey(at)) ?? null;
      this.#last = entry;
    }
    return entry?.generation === generation ? entry : undefined;
  }
}
