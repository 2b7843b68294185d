import type { ChannelKind } from '../../core/channel.ts';

export interface PlantChannel {
  readonly name: string;
  readonly unit: string;
  readonly kind: ChannelKind;
  /** Resolution of the sensor: values are rounded to this many decimals. */
  readonly decimals: number;
}

export interface PlantOptions {
  /** Same options, same rows, on every machine. */
  readonly seed: number;
  readonly startMs: number;
  /** Length in steps of the plant; Infinity for a plant that runs until nobody asks any more. */
  readonly steps: number;
  readonly faults: boolean;
  readonly dropouts: boolean;
}

/** One report of one series. */
export interface PlantRow {
  readonly timeMs: number;
  readonly series: string;
  /** [channel]: what every sensor would say, never missing. Faults change it. */
  readonly values: readonly number[];
  /** [channel]: what is sent; null where the cell dropped out or is not part of this report. */
  readonly observed: readonly (number | null)[];
  readonly fault: RowFault | null;
}

export interface RowFault {
  readonly kind: string;
  /** Names of the channels that show it. */
  readonly channels: readonly string[];
}

/** A labelled event: rows of `series` in [startMs, endMs) are faulty. */
export interface Fault extends RowFault {
  readonly series: string;
  readonly startMs: number;
  readonly endMs: number;
  /** A good monitor has noticed it this long after the start. */
  readonly detectWithinMs: number;
}

/** A seeded synthetic plant. */
export interface Plant {
  readonly name: string;
  readonly summary: string;
  readonly channels: readonly PlantChannel[];
  readonly stepMs: number;
  /** Names of all series, in the order of their first row. */
  readonly series: readonly string[];
  /** True where a report holds only some channels at times of its own; false where all channels come once a step. */
  readonly irregular: boolean;
  /** Rows in the order of delivery. Shorter runs are prefixes of longer ones. */
  generate(options: PlantOptions): Iterable<PlantRow>;
  /** Every fault that starts within the run, ordered by start; ends are cut to the end of the run. Needs finite `steps`. */
  faultsOf(options: PlantOptions): Fault[];
}

/** Rounds to the resolution of a sensor. */
export function quantise(value: number, decimals: number): number {
  const unit = 10 ** decimals;
  return Math.round(value * unit) / unit;
}

/** The message of a row in wide layout: {time, series, channel: value or null ...}; irregular plants leave absent channels out. */
export function rowMessage(plant: Plant, row: PlantRow): Record<string, number | string | null> {
  const message: Record<string, number | string | null> = { time: row.timeMs, series: row.series };
  row.observed.forEach((value, c) => {
    if (value !== null || !plant.irregular) message[plant.channels[c].name] = value;
  });
  return message;
}
