import type { Position } from './record.ts';

/** Values of one series at one time. `channels` are indices into the pipeline's channel list, aligned with `values`. */
export interface Reading {
  readonly series: string;
  /** Event time, milliseconds since the epoch. */
  readonly timeMs: number;
  /** When the message came to the source, where `timeMs` is ahead of that: the clock of the device is fast. Absent: it is not. */
  readonly arrivalMs?: number;
  readonly channels: readonly number[];
  /** Finite numbers, in the channel's unit. A missing cell is simply absent. */
  readonly values: readonly number[];
  readonly position: Position;
}
