import type { Channel } from '../core/channel.ts';
import type { DeadLetterReason } from '../core/dead-letter.ts';
import type { Reading } from '../core/reading.ts';
import { cellNumber, isMissing } from './cell-value.ts';
import { Fault, preview } from './fault.ts';

/** A dead letter names this many channels; the rest of the same reason is counted. */
const faultsNamedMax = 10;

/** The pipeline's channels, ready for looking up by name and checking by index. */
export interface ChannelTable {
  /** Index by name. A Map, so that '__proto__' is a name like any other. */
  readonly indices: ReadonlyMap<string, number>;
  readonly names: readonly string[];
  /** [channel] */
  readonly min: Float64Array;
  readonly max: Float64Array;
}

export const channelTable = (channels: readonly Channel[]): ChannelTable => ({
  indices: new Map(channels.map(({ name }, index) => [name, index])),
  names: channels.map(({ name }) => name),
  min: Float64Array.from(channels, ({ min }) => min),
  max: Float64Array.from(channels, ({ max }) => max),
});

/**
 * Gathers the cells of a reading, and after `clear` those of the next. A cell that cannot be used costs its channel only; cells of the
 * same reason share a fault, so a message makes a handful of dead letters at most.
 */
export class Cells {
  readonly #table: ChannelTable;
  /** The first `#count` of each are of this reading: to grow arrays for each would cost more than what they hold. */
  readonly #channels: number[] = [];
  readonly #values: number[] = [];
  #count = 0;
  /** Of the reading before: those of one feed mostly have the same, and share them. */
  #channelsBefore: readonly number[] = [];
  #faults: Map<DeadLetterReason, { readonly named: string[]; more: number }> | null = null;

  constructor(table: ChannelTable) {
    this.#table = table;
  }

  clear(): void {
    this.#count = 0;
    this.#faults = null;
  }

  /** Takes a cell: kept, missing (nothing happens), or refused. */
  add(channel: number, value: unknown): void {
    const number = typeof value === 'number' ? value : cellNumber(value);
    // False for NaN and for infinities too: a channel's bounds are finite.
    if (number >= (this.#table.min[channel] as number) && number <= (this.#table.max[channel] as number)) {
      this.#channels[this.#count] = channel;
      this.#values[this.#count++] = number;
    } else if (!isMissing(value)) this.#refuse(channel, value, number);
  }

  /** What was kept so far, for the reading to have. */
  kept(): Pick<Reading, 'channels' | 'values'> {
    const isAsBefore = this.#channelsBefore.length === this.#count && this.#channelsBefore.every(this.#isChannelAt);
    if (!isAsBefore) this.#channelsBefore = this.#channels.slice(0, this.#count);
    return { channels: this.#channelsBefore, values: this.#values.slice(0, this.#count) };
  }

  readonly #isChannelAt = (channel: number, i: number): boolean => this.#channels[i] === channel;

  unknown(name: string): void {
    this.#fault('channel_unknown', preview(name));
  }

  /** What was refused so far, a fault for every reason. */
  faults(): readonly Fault[] {
    if (this.#faults === null) return [];
    return [...this.#faults].map(
      ([reason, { named, more }]) => new Fault(reason, named.join('; ') + (more > 0 ? `; and ${more} more` : '')),
    );
  }

  #refuse(channel: number, value: unknown, number: number): void {
    const name = this.#table.names[channel] as string;
    if (Number.isNaN(number)) this.#fault('value_invalid', `${name}: expected a number, got ${preview(value)}`);
    else if (!Number.isFinite(number)) this.#fault('value_not_finite', `${name}: ${preview(value)} is not finite`);
    else {
      const bounds = `[${this.#table.min[channel]}, ${this.#table.max[channel]}]`;
      this.#fault('value_out_of_bounds', `${name}: ${number} is outside ${bounds}`);
    }
  }

  #fault(reason: DeadLetterReason, text: string): void {
    this.#faults ??= new Map();
    const known = this.#faults.get(reason);
    if (known === undefined) this.#faults.set(reason, { named: [text], more: 0 });
    else if (known.named.length < faultsNamedMax) known.named.push(text);
    else known.more++;
  }
}
