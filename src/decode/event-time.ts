import type { ComponentContext } from '../core/component.ts';
import type { Limits } from '../core/limits.ts';
import type { Reading } from '../core/reading.ts';
import { recogniseTime, type TimeFormat, timeMsMax, timeMsMin } from '../core/recognise-time.ts';
import type { SourceRecord } from '../core/record.ts';
import { Fault, preview } from './fault.ts';
import type { TimeBeside } from './message-parts.ts';

/** `record`: the source's own timestamp of the message. */
export type EventTimeFormat = TimeFormat | 'record';
export type EventTime = (value: unknown, format: EventTimeFormat, record: SourceRecord) => number | Fault;

type Surroundings = Pick<ComponentContext, 'limits' | 'clock'>;

/** The event time of a reading in milliseconds, refused where it is absent, no time, or too far ahead of the clock. */
export function createEventTime(context: Surroundings): EventTime {
  return (value, format, record) => {
    const timeMs = format === 'record' ? recordTime(record) : written(value, format);
    return timeMs instanceof Fault ? timeMs : notAhead(timeMs, context);
  };
}

/** Reads the time that stands beside a message, its own timestamp or a header; null: it stands in the message. */
export function timeBesideReader(
  beside: TimeBeside,
  context: Surroundings,
): ((record: SourceRecord) => number | Fault) | null {
  if (beside === undefined) return null;
  const { header, format } = beside;
  const eventTime = createEventTime(context);
  return (record) =>
    eventTime(
      header === undefined ? null : record.headers?.get(header),
      header === undefined ? 'record' : format,
      record,
    );
}

/** Refuses a time that is out of the accepted years, or further ahead of the clock than any reading, a plan or not, may be. */
export function notAhead(timeMs: number, { limits, clock }: Surroundings): number | Fault {
  if (!(timeMs >= timeMsMin && timeMs <= timeMsMax))
    return new Fault('time_invalid', `${timeMs} ms is not a time of 1990 to 2200`);
  const { futureMsMax, planAheadMs = 0 } = limits;
  return tooFarAhead(timeMs, futureMsMax + planAheadMs, clock, limits) ?? timeMs;
}

/** What is wrong with a reading that is no plan where plans may be further ahead; null: nothing. */
export const aheadWithoutPlan = (timeMs: number, { limits, clock }: Surroundings): Fault | null =>
  limits.planAheadMs === undefined ? null : tooFarAhead(timeMs, limits.futureMsMax, clock, limits);

/** What is wrong with a reading that is further ahead of its message's own timestamp than a clock may be fast; null: nothing. */
export function aheadOfArrival(
  { timeMs, arrivalMs }: Pick<Reading, 'timeMs' | 'arrivalMs'>,
  limits: Limits,
): Fault | null {
  const { aheadOfArrivalMsMax } = limits;
  if (arrivalMs === undefined || aheadOfArrivalMsMax === undefined) return null;
  const aheadMs = timeMs - arrivalMs;
  if (aheadMs <= aheadOfArrivalMsMax) return null;
  const arrival = new Date(arrivalMs).toISOString();
  return new Fault(
    'time_ahead_of_arrival',
    `${new Date(timeMs).toISOString()} is ${aheadMs} ms ahead of the message's own timestamp ${arrival}, window.ahead_of_arrival_ms_max is ${aheadOfArrivalMsMax}: set the clock of the device`,
  );
}

function tooFarAhead(
  timeMs: number,
  aheadMsMax: number,
  clock: Surroundings['clock'],
  { futureMsMax, planAheadMs }: Surroundings['limits'],
): Fault | null {
  const aheadMs = timeMs - clock.nowMs();
  if (aheadMs <= aheadMsMax) return null;
  const plans = planAheadMs === undefined ? '' : `, window.plan_ahead_ms ${planAheadMs}`;
  return new Fault(
    'time_in_future',
    `${new Date(timeMs).toISOString()} is ${aheadMs} ms ahead of the clock, limits.future_ms_max is ${futureMsMax}${plans}`,
  );
}

function recordTime(record: SourceRecord): number | Fault {
  return record.timestampMs ?? new Fault('time_missing', 'the message carries no timestamp of its own');
}

function written(value: unknown, format: TimeFormat): number | Fault {
  if (value === undefined || value === null || value === '')
    return new Fault('time_missing', 'no time where it should be');
  return (
    recogniseTime(value, format) ?? new Fault('time_invalid', `${preview(value)} is not a time (format: ${format})`)
  );
}
