import type { AlertState } from '../core/alert.ts';
import type { Contribution, RowVerdict } from '../core/verdict.ts';

/** What one channel has contributed to an incident so far. */
export interface ChannelBlame {
  /** Sum over the alarm rows of score times share. */
  readonly weight: number;
  /** Score times share of the row that `worst` is from. */
  readonly worstWeight: number;
  readonly worst: Contribution;
  /** Since when it has been out of its ordinary, as first seen; null while it has not. */
  readonly sinceMs: number | null;
}

/** A run of alarm rows of one series, from the first one until it fades or is resolved. Plain and JSON-able, immutable. */
export interface Incident {
  readonly state: Exclude<AlertState, 'resolved'>;
  readonly startMs: number;
  /** Alarm rows in a row while pending; ordinary rows in a row while firing. */
  readonly streak: number;
  readonly peakScore: number;
  /** The row of the peak. */
  readonly peakMs: number;
  readonly minPValue: number;
  /** Sum of the scores of the alarm rows. */
  readonly weight: number;
  readonly blames: readonly ChannelBlame[];
}

export interface IncidentRules {
  /** Alarm rows in a row before pending becomes firing. 1: no pending. */
  readonly pendingSteps: number;
  /** Ordinary rows in a row before firing becomes resolved. */
  readonly resolveSteps: number;
}

export interface IncidentStep {
  /** null: none is open (any more). */
  readonly incident: Incident | null;
  /** What is to be told, and the incident it is about. */
  readonly transition: { readonly state: AlertState; readonly incident: Incident } | null;
}

/**
 * One row of the state machine. A pending that is interrupted by an ordinary row is resolved: it was told, so its end is
 * told too. A row that could not be scored changes nothing: it is neither an alarm nor a sign that all is well.
 */
export function advanceIncident(incident: Incident | null, row: RowVerdict, rules: IncidentRules): IncidentStep {
  if (Number.isNaN(row.score)) return { incident, transition: null };
  return row.alarm ? alarm(incident, row, rules) : calm(incident, rules);
}

function alarm(before: Incident | null, row: RowVerdict, rules: IncidentRules): IncidentStep {
  const noted = note(before ?? open(row), row);
  if (before?.state === 'firing') return { incident: { ...noted, streak: 0 }, transition: null };
  const streak = noted.streak + 1;
  if (streak >= rules.pendingSteps) {
    const incident: Incident = { ...noted, state: 'firing', streak: 0 };
    return { incident, transition: { state: 'firing', incident } };
  }
  const incident = { ...noted, streak };
  return { incident, transition: before === null ? { state: 'pending', incident } : null };
}

function calm(before: Incident | null, rules: IncidentRules): IncidentStep {
  if (before === null) return { incident: null, transition: null };
  const streak = before.streak + 1;
  if (before.state === 'firing' && streak < rules.resolveSteps)
    return { incident: { ...before, streak }, transition: null };
  return { incident: null, transition: { state: 'resolved', incident: before } };
}

const open = (row: RowVerdict): Incident => ({
  state: 'pending',
  startMs: row.timeMs,
  streak: 0,
  peakScore: row.score,
  peakMs: row.timeMs,
  minPValue: row.pValue,
  weight: 0,
  blames: [],
});

/** Takes an alarm row into the incident's record. */
function note(incident: Incident, row: RowVerdict): Incident {
  const blames = new Map(incident.blames.map((blame) => [blame.worst.channel, blame]));
  for (const part of row.topChannels) {
    const weight = part.share * row.score;
    const before = blames.get(part.channel);
    const worse = before === undefined || weight > before.worstWeight;
    blames.set(part.channel, {
      weight: (before?.weight ?? 0) + weight,
      worstWeight: worse ? weight : before.worstWeight,
      worst: worse ? part : before.worst,
      sinceMs: before?.sinceMs ?? part.sinceMs ?? null,
    });
  }
  return {
    ...incident,
    ...(row.score > incident.peakScore ? { peakScore: row.score, peakMs: row.timeMs } : {}),
    minPValue: Math.min(incident.minPValue, row.pValue),
    weight: incident.weight + row.score,
    blames: [...blames.values()],
  };
}

/** The channels that contributed most over the whole incident, each with its worst row; shares are of the whole. */
export function blamedChannels(incident: Incident, count: number): Contribution[] {
  return [...incident.blames]
    .sort((a, b) => b.weight - a.weight || a.worst.channel - b.worst.channel)
    .slice(0, count)
    .map(({ weight, worst }) => ({ ...worst, share: incident.weight > 0 ? weight / incident.weight : 0 }));
}

/** Of the channels that contributed most, the one that was out of its ordinary first (ties: the one to blame more). */
export function firstToMove(incident: Incident, count: number): { channel: number; sinceMs: number } | null {
  const blamed = new Set(blamedChannels(incident, count).map(({ channel }) => channel));
  let first: { channel: number; sinceMs: number } | null = null;
  for (const { worst, sinceMs } of [...incident.blames].sort((a, b) => b.weight - a.weight)) {
    if (sinceMs === null || !blamed.has(worst.channel)) continue;
    if (first === null || sinceMs < first.sinceMs) first = { channel: worst.channel, sinceMs };
  }
  return first;
}
