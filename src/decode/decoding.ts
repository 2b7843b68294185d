import type { ComponentContext, Decoded } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { planReadings } from '../core/plan-reading.ts';
import type { Reading } from '../core/reading.ts';
import type { SourceRecord } from '../core/record.ts';
import type { Cells } from './cells.ts';
import { createDeadLetterMaker, type DeadLetterMaker } from './dead-letters.ts';
import { aheadOfArrival, aheadWithoutPlan } from './event-time.ts';
import type { Fault } from './fault.ts';

/** A message with more readings than this is refused as a whole. */
export const readingsPerMessageMax = 10_000;

const none: readonly never[] = [];

/** The part of a message that something is about; asked for only when a dead letter is made. Absent: the whole message. */
export type RawPart = () => Uint8Array | string;

/** Gathers what one message becomes: readings, dead letters, or both. */
export interface Decoding {
  /** Takes a reading and, as dead letters, the cells that could not be used. */
  reading(series: string, timeMs: number, cells: Cells, raw?: RawPart): void;
  refuse(fault: Fault, raw?: RawPart): void;
  done(): Decoded;
}

/** What is wrong with the time of a reading, now that it is known whether it is a plan. */
type TimeFault = (reading: Reading) => Fault | null;

/** Starts a Decoding for each message of one decoder. */
export function createDecoding(
  context: Pick<ComponentContext, 'limits' | 'clock' | 'channels'>,
): (record: SourceRecord) => Decoding {
  const deadLetter = createDeadLetterMaker(context);
  const isPlan = planReadings(context.channels);
  const timeFault: TimeFault = (reading) =>
    isPlan(reading) ? null : (aheadOfArrival(reading, context.limits) ?? aheadWithoutPlan(reading.timeMs, context));
  return (record) => new MessageDecoding(record, deadLetter, timeFault);
}

class MessageDecoding implements Decoding {
  readonly #record: SourceRecord;
  readonly #deadLetter: DeadLetterMaker;
  readonly #timeFault: TimeFault;
  readonly #readings: Reading[] = [];
  #rejected: DeadLetter[] | null = null;

  constructor(record: SourceRecord, deadLetter: DeadLetterMaker, timeFault: TimeFault) {
    this.#record = record;
    this.#deadLetter = deadLetter;
    this.#timeFault = timeFault;
  }

  reading(series: string, timeMs: number, cells: Cells, raw?: RawPart): void {
    const { channels, values } = cells.kept();
    const { position, timestampMs } = this.#record;
    const ahead = timestampMs !== null && timeMs > timestampMs ? { arrivalMs: timestampMs } : {};
    const reading: Reading = { series, timeMs, ...ahead, channels, values, position };
    const early = this.#timeFault(reading);
    if (early === null) this.#readings.push(reading);
    else this.refuse(early, raw);
    for (const fault of cells.faults()) this.refuse(fault, raw);
  }

  refuse(fault: Fault, raw?: RawPart): void {
    this.#rejected ??= [];
    this.#rejected.push(this.#deadLetter(this.#record, fault, raw?.()));
  }

  done(): Decoded {
    return { readings: this.#readings, rejected: this.#rejected ?? none };
  }
}
