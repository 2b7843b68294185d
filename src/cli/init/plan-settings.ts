import type { FeedFacts } from './facts.ts';

/** The settings of a new pipeline that follow from what its feed is like. */
export interface PlannedSettings {
  readonly lengthSteps: number;
  readonly horizonSteps: number;
  readonly imputeDelaySteps: number;
  readonly latenessMs: number;
  /** Whether rows come so late that no sensible lateness covers it: the feed has to be sorted. */
  readonly unordered: boolean;
  readonly pValue: number;
}

const LENGTH_DEFAULT = 96;
const LENGTH_MIN = 16;
/** Windows of a series that training should have at least, end to end. */
const WINDOWS_MIN = 4;
const LATENESS_STEPS_MAX = 24;
const FALSE_ALARM_MS = 3 * 86_400_000;

export function planSettings(facts: FeedFacts, live: boolean): PlannedSettings {
  const fitting = Math.floor(facts.rowsPerSeries / WINDOWS_MIN / 4) * 4;
  const lengthSteps = Math.max(LENGTH_MIN, Math.min(LENGTH_DEFAULT, fitting));
  const unordered = facts.disorderMs > LATENESS_STEPS_MAX * facts.stepMs;
  const lateSteps = unordered ? 0 : Math.ceil(facts.disorderMs / facts.stepMs);
  // About one ordinary row in three days may open an alarm, whatever the step.
  const pValue = Math.min(0.01, Math.max(0.0005, facts.stepMs / FALSE_ALARM_MS));
  return {
    lengthSteps,
    horizonSteps: Math.min(24, lengthSteps / 4),
    imputeDelaySteps: Math.min(12, Math.floor(lengthSteps / 8)),
    latenessMs: Math.max(lateSteps, live ? 1 : 0) * facts.stepMs,
    unordered,
    pValue: Number(pValue.toPrecision(2)),
  };
}
