import type { PartitionOffsets } from './kafka-offsets.ts';

/** Where a generation of a partition starts, and what a person should know about it. */
export interface Start {
  readonly offset: number;
  readonly warning: string | null;
}

/**
 * The last commit; without one the oldest or the newest message, as the options say. A commit that points to messages which
 * are gone starts at the oldest one that is left, with a warning: whatever is kept is read.
 */
export function startOf(at: PartitionOffsets, from: 'earliest' | 'latest'): Start {
  const { committed, low, high } = at;
  if (committed === null) return { offset: from === 'earliest' ? low : high, warning: null };
  if (committed < low) {
    return {
      offset: low,
      warning: `partition ${at.partition} of ${at.topic}: offsets ${committed} to ${low - 1} were deleted before they were read (retention)`,
    };
  }
  if (committed > high) {
    return {
      offset: low,
      warning: `partition ${at.partition} of ${at.topic}: the commit ${committed} lies behind the end ${high} (was the topic made anew?); reading from ${low}`,
    };
  }
  return { offset: committed, warning: null };
}
