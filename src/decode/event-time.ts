import type { ComponentContext } from '../core/component.ts';
import { recogniseTime, type TimeFormat, timeMsMax, timeMsMin } from '../core/recognise-time.ts';
import type { SourceRecord } from '../core/record.ts';
import { Fault, preview } from './fault.ts';

/** `record`: the source's own timestamp of the message. */
export type EventTimeFormat = TimeFormat | 'record';
export type EventTime = (value: unknown, format: EventTimeFormat, record: SourceRecord) => number | Fault;

/** The event time of a reading in milliseconds, refused where it is absent, no time, or too far ahead of the clock. */
export function createEventTime(context: Pick<ComponentContext, 'limits' | 'clock'>): EventTime {
  return (value, format, record) => {
    const timeMs = format === 'record' ? recordTime(record) : written(value, format);
    return timeMs instanceof Fault ? timeMs : notAhead(timeMs, context);
  };
}

/** Refuses a time that is out of the accepted years or ahead of the clock by more than `limits.futureMsMax`. */
export function notAhead(
  timeMs: number,
  { limits, clock }: Pick<ComponentContext, 'limits' | 'clock'>,
): number | Fault {
  if (!(timeMs >= timeMsMin && timeMs <= timeMsMax))
    return new Fault('time_invalid', `${timeMs} ms is not a time of 1990 to 2200`);
  const aheadMs = timeMs - clock.nowMs();
  if (aheadMs <= limits.futureMsMax) return timeMs;
  const at = new Date(timeMs).toISOString();
  return new Fault(
    'time_in_future',
    `${at} is ${aheadMs} ms ahead of the clock, limits.future_ms_max is ${limits.futureMsMax}`,
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
