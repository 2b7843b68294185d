const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/**
 * Milliseconds as the config writes durations: in the largest unit that makes a whole number ('90s', '16m', '1h',
 * '250ms', '0s').
 */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  const [unit, ms] = UNITS.find(([, unitMs]) => durationMs % unitMs === 0) ?? ['ms', 1];
  return `${durationMs / ms}${unit}`;
}
