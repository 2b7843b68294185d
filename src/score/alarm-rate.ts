const dayMs = 86_400_000;
/** Beyond, an alarm would be the ordinary state. */
const pValueMax = 0.49;

/**
 * The p-value whose alarms come `falseAlarmsPerDay` times a day of ordinary rows: that share of rows is at or above it which makes
 * so many alarms of `rowsPerAlarm` such rows each (the inverse of the extremal index; Leadbetter 1983).
 */
export const pValueForRate = (falseAlarmsPerDay: number, stepMs: number, rowsPerAlarm: number): number =>
  Math.min(pValueMax, (falseAlarmsPerDay * rowsPerAlarm * stepMs) / dayMs);

/** What decides when rows become an alarm that is told, and when it is over. */
export interface AlarmRules {
  readonly keepPValue: number;
  readonly pendingSteps: number;
  readonly resolveSteps: number;
}

/** Smallest first: what is wanted is how alarms cluster among the highest scores, of which there have to be enough. */
const probes = [0.002, 0.005, 0.01, 0.02, 0.05];
const alarmsMin = 8;

/**
 * Rows at or above the opening threshold for each alarm that fires on ordinary rows: scores are smoothed, so high ones come in runs,
 * and a run is one alarm. At least 1; null where there are too few scores to tell.
 *
 * @param series finite scores in the order of time, a series each
 */
export function rowsPerAlarm(series: readonly Float64Array[], rules: AlarmRules): number | null {
  const sorted = Float64Array.from(series.flatMap((scores) => [...scores])).sort();
  const thresholdAt = (p: number) => sorted[Math.floor((1 - p) * sorted.length)] ?? Number.POSITIVE_INFINITY;
  const keep = thresholdAt(rules.keepPValue);
  for (const p of probes) {
    const open = thresholdAt(p);
    let rows = 0;
    let alarms = 0;
    for (const scores of series) {
      alarms += countAlarms(scores, open, Math.min(open, keep), rules);
      for (const score of scores) if (score >= open) rows++;
    }
    if (alarms >= alarmsMin) return Math.max(1, rows / alarms);
  }
  return null;
}

function countAlarms(scores: Float64Array, open: number, keep: number, rules: AlarmRules): number {
  let alarms = 0;
  let firing = false;
  let streak = 0;
  let alarmed = false;
  for (const score of scores) {
    alarmed = score >= (alarmed ? keep : open);
    streak = alarmed === firing ? 0 : streak + 1;
    if (firing && streak >= rules.resolveSteps) firing = false;
    else if (!firing && streak >= rules.pendingSteps) {
      firing = true;
      alarms++;
    } else continue;
    streak = 0;
  }
  return alarms;
}
