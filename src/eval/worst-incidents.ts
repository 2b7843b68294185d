import type { FoundEvent } from './events.ts';
import type { LabelEvent } from './label-events.ts';

export interface RankedIncident extends LabelEvent {
  /** Smallest p-value within the rows; NaN where nothing was scored. */
  readonly minPValue: number;
}

/** Missed events, the longest first: the ones that somebody will ask about. */
export function worstMisses(events: readonly FoundEvent[], pValue: ArrayLike<number>): RankedIncident[] {
  return events
    .filter(({ delaySteps }) => delaySteps === null)
    .map((event) => ranked(event, pValue))
    .sort((a, b) => b.end - b.start - (a.end - a.start));
}

/** False alarms, the most certain (smallest p-value) first, the longer of equals before the shorter. */
export function worstFalseAlarms(runs: readonly LabelEvent[], pValue: ArrayLike<number>): RankedIncident[] {
  return runs
    .map((run) => ranked(run, pValue))
    .sort((a, b) => orOne(a.minPValue) - orOne(b.minPValue) || b.end - b.start - (a.end - a.start));
}

function ranked({ start, end }: LabelEvent, pValue: ArrayLike<number>): RankedIncident {
  let minPValue = Number.NaN;
  for (let i = start; i <= end; i++) if (!(pValue[i] >= minPValue) && !Number.isNaN(pValue[i])) minPValue = pValue[i];
  return { start, end, minPValue };
}

const orOne = (value: number): number => (Number.isNaN(value) ? 1 : value);
