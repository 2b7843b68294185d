import type { Rng } from '../../src/core/rng.ts';
import type { Stage } from './stage.ts';

/** One kind of attack. */
export interface Fault {
  readonly name: string;
  /** What is done, in a few words. */
  readonly summary: string;
  /** How often, unless asked otherwise. */
  readonly times: number;
  /** The processor reaches the broker through the proxy. Otherwise it sees the broker itself come and go. */
  readonly throughProxy?: boolean;
  /** The suite's own servers are stopped: not to be done to others. */
  readonly needsOwnServers?: boolean;
  /** State is in a topic that all processors share. Otherwise each has a file of its own. */
  readonly stateInTopic?: boolean;
  /** Why differences are to be expected: what the table shows of it, nobody has to put right. */
  readonly limit?: string;
  /** `--set` of the processor, for this fault. */
  readonly settings?: readonly string[];
  /** Does it once, to a processor with work under way. Resolves with when it was over, as `performance.now()`. */
  attack(stage: Stage, rng: Rng): Promise<number>;
}

/** A line of the table. */
export interface FaultRow {
  readonly fault: string;
  readonly summary: string;
  readonly times: number;
  readonly seed: number;
  /** Points of an undisturbed run: as many were compared. */
  readonly points: number;
  readonly differences: number;
  readonly duplicates: number;
  /** From the end of the fault until new scores came: the longest and the median of the times. */
  readonly recovery_s: number | null;
  readonly recovery_median_s: number | null;
  /** Messages of the result topics, and transitions, that came more than once, with the same content. */
  readonly messages_again: number;
  readonly transitions_again: number;
  readonly wall_s: number;
  /** Why differences are to be expected. */
  readonly limit?: string;
  /** What kept it from its end, and the first differences and duplicates. */
  readonly trouble: readonly string[];
}
