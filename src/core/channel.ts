import type { Transform } from './transform.ts';

/**
 * `gauge`: a measured value. `flag`: a state with few values. `command`: a set point or switch that somebody chose.
 * Flags and commands condition the model but are not scored.
 */
export type ChannelKind = 'gauge' | 'flag' | 'command';

/**
 * How several readings of one channel in one grid cell become one value. `rate`: the readings are those of a counter, the value is what
 * it grew by each second since the cell before.
 */
export type Aggregate = 'last' | 'mean' | 'min' | 'max' | 'sum' | 'rate';

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
  /** Of a counter: it goes on from zero where it would reach this. Absent: it never wraps. */
  readonly wrapsAt?: number;
  /** Values come before their time: a schedule, a set point to come. Absent: no. Never of a gauge. */
  readonly knownAhead?: boolean;
}

/** Bounds of a cell's value: those of the readings, or of a rate, which a counter's bounds say nothing of. */
export const cellBounds = ({
  aggregate,
  min,
  max,
}: Pick<Channel, 'aggregate' | 'min' | 'max'>): { readonly min: number; readonly max: number } =>
  aggregate === 'rate' ? { min: 0, max: Number.MAX_VALUE } : { min, max };
