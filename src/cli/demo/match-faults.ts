import type { AlertTransition } from '../../core/alert.ts';
import type { Fault } from '../../source/plant/plant.ts';

/** One alert from its first alarm to its end. */
export interface Incident {
  readonly id: string;
  readonly series: string;
  readonly startMs: number;
  readonly firedMs: number;
  readonly endMs: number;
  readonly channels: readonly string[];
}

export interface FaultVerdict {
  readonly fault: Fault;
  /** The first incident that was firing while the fault was on; null: missed. */
  readonly incident: Incident | null;
  readonly delayMs: number | null;
  /** Whether it was found as soon as a good monitor would have. */
  readonly inTime: boolean;
}

/** Alerts that fired, from their transitions. An alert still open ends with the run. */
export function firedIncidents(
  alerts: readonly AlertTransition[],
  channelNames: readonly string[],
  runEndMs: number,
): Incident[] {
  const open = new Map<
    string,
    { startMs: number; firedMs: number | null; endMs: number; channels: readonly string[]; series: string }
  >();
  for (const alert of alerts) {
    if (alert.kind !== 'anomaly') continue;
    const known = open.get(alert.id) ?? {
      startMs: alert.startMs,
      firedMs: null,
      endMs: runEndMs,
      channels: [],
      series: alert.series,
    };
    if (alert.state === 'firing') known.firedMs = alert.timeMs;
    if (alert.state === 'resolved') known.endMs = alert.timeMs;
    if (alert.state !== 'pending')
      known.channels = alert.channels.map(({ channel }) => channelNames[channel] as string);
    open.set(alert.id, known);
  }
  return [...open].flatMap(([id, { firedMs, ...rest }]) => (firedMs === null ? [] : [{ id, firedMs, ...rest }]));
}

/**
 * Which faults were found, and which alerts were false. A fault is found by an alert that fires while it is on; one that was open
 * before has not seen it. An alert that fires within `graceMs` after a fault still belongs to it: coming back to normal is part of the
 * event. All others are false.
 */
export function matchFaults(
  faults: readonly Fault[],
  incidents: readonly Incident[],
  graceMs: number,
): { verdicts: FaultVerdict[]; falseAlarms: Incident[] } {
  const firesWithin = (fault: Fault, incident: Incident, afterMs: number) =>
    incident.series === fault.series && incident.firedMs >= fault.startMs && incident.firedMs < fault.endMs + afterMs;
  const verdicts = faults.map((fault) => {
    const incident = incidents.find((one) => firesWithin(fault, one, 0)) ?? null;
    const delayMs = incident === null ? null : incident.firedMs - fault.startMs;
    return { fault, incident, delayMs, inTime: delayMs !== null && delayMs <= fault.detectWithinMs };
  });
  const falseAlarms = incidents.filter((incident) => !faults.some((fault) => firesWithin(fault, incident, graceMs)));
  return { verdicts, falseAlarms };
}
