import { type LabelEvent, labelEvents } from './label-events.ts';
import { requireEqualLength } from './require-equal-length.ts';

export interface FoundEvent extends LabelEvent {
  /** Rows from the event's start to the first alarm within [start, end + grace]; null: missed. */
  readonly delaySteps: number | null;
}

export interface EventReport {
  readonly events: readonly FoundEvent[];
  readonly found: number;
  /** found / events; NaN without events. */
  readonly recall: number;
  /** Over the found events; NaN when none was. */
  readonly delayMsMedian: number;
  /** Maximal runs of alarms that touch no event, nor the grace after one. */
  readonly falseAlarms: readonly LabelEvent[];
  readonly falseAlarmsPerDay: number;
  /** What the rate is over: all rows. */
  readonly days: number;
}

const dayMs = 86_400_000;

/**
 * Alarms as the person on call meets them. An event is found when an alarm lies within [start, end + graceSteps]; a false
 * alarm is a whole run of alarms, however long.
 *
 * @param labels [time], 0 or 1
 * @param alarms [time], 0 or 1
 */
export function eventReport(
  labels: ArrayLike<number>,
  alarms: ArrayLike<number>,
  options: { readonly stepMs: number; readonly graceSteps?: number },
): EventReport {
  requireEqualLength('matching alarms with events', { labels: labels.length, alarms: alarms.length });
  const graceSteps = options.graceSteps ?? 0;
  const events = labelEvents(labels).map((event) => ({ ...event, delaySteps: firstAlarm(alarms, event, graceSteps) }));
  const falseAlarms = labelEvents(alarms).filter(
    (run) => !events.some(({ start, end }) => run.start <= end + graceSteps && run.end >= start),
  );
  return summarise(events, falseAlarms, (labels.length * options.stepMs) / dayMs, options.stepMs);
}

/** One report over several series: counts add up, rates are per series-day. Event indices stay those of their own series. */
export function mergeEventReports(reports: readonly EventReport[], stepMs: number): EventReport {
  const days = reports.reduce((sum, report) => sum + report.days, 0);
  return summarise(
    reports.flatMap((report) => report.events),
    reports.flatMap((report) => report.falseAlarms),
    days,
    stepMs,
  );
}

function firstAlarm(alarms: ArrayLike<number>, event: LabelEvent, graceSteps: number): number | null {
  const last = Math.min(event.end + graceSteps, alarms.length - 1);
  for (let i = event.start; i <= last; i++) if (alarms[i] !== 0) return i - event.start;
  return null;
}

function summarise(
  events: readonly FoundEvent[],
  falseAlarms: readonly LabelEvent[],
  days: number,
  stepMs: number,
): EventReport {
  const delays = events.flatMap(({ delaySteps }) => (delaySteps === null ? [] : [delaySteps])).sort((a, b) => a - b);
  const middle = delays.length >> 1;
  const median = delays.length % 2 === 1 ? delays[middle] : (delays[middle - 1] + delays[middle]) / 2;
  return {
    events,
    found: delays.length,
    recall: delays.length / events.length,
    delayMsMedian: median * stepMs,
    falseAlarms,
    falseAlarmsPerDay: falseAlarms.length / days,
    days,
  };
}
