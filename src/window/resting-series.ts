import { partitionKey } from '../core/record.ts';
import type { Partition } from './partition.ts';
import type { SeriesSnapshot } from './series-snapshot.ts';

interface Entry {
  readonly partition: Partition;
  readonly state: SeriesSnapshot;
}

/**
 * What is known of series that fell silent, until they are heard again. Bounded over all partitions; the one that has been silent for
 * longest is forgotten, and begins as one that nobody knows.
 */
export class RestingSeries {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly seriesMax: number) {}

  get size(): number {
    return this.entries.size;
  }

  add(partition: Partition, name: string, state: SeriesSnapshot): void {
    const key = keyOf(partition, name);
    this.entries.delete(key);
    this.entries.set(key, { partition, state });
    const oldest = this.entries.keys().next();
    if (this.entries.size > this.seriesMax && !oldest.done) this.entries.delete(oldest.value);
  }

  take(partition: Partition, name: string): SeriesSnapshot | null {
    const key = keyOf(partition, name);
    const found = this.entries.get(key);
    this.entries.delete(key);
    return found?.state ?? null;
  }

  /** The partition starts again, or is gone: what was known of its series is void. */
  drop(partition: Partition): void {
    for (const [key, entry] of this.entries) if (entry.partition === partition) this.entries.delete(key);
  }
}

const keyOf = ({ origin }: Partition, name: string): string => `${partitionKey(origin)}/${name}`;
