import type { Transform } from './transform.ts';

/**
 * `gauge`: a measured value. `flag`: a state with few values. `command`: a set point or switch that somebody chose.
 * Flags and commands condition the model but are not scored.
 */
export type ChannelKind = 'gauge' | 'flag' | 'command';

/** How several readings of one channel in one grid cell become one value. */
export type Aggregate = 'last' | 'mean' | 'min' | 'max' | 'sum';

export interface Channel {
  readonly name: string;
  readonly unit: string;
  readonly kind: ChannelKind;
  readonly aggregate: Aggregate;
  /** How values are bent before they are normalised; absent: not at all. */
  readonly transform?: Transform;
  /** Readings outside [min, max] are invalid (dead-lettered, the cell stays missing). */
  readonly min: number;
  readonly max: number;
  /** Values come before their time: a schedule, a set point to come. Absent: no. Never of a gauge. */
  readonly knownAhead?: boolean;
}
