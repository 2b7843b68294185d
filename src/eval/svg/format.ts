/** Shown where a figure is not defined. */
export const absent = '–';

/** About three significant digits, without exponents for everyday magnitudes: axis labels and running text. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return absent;
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e7)) return value.toExponential(1).replace('e+', 'e');
  if (magnitude >= 1000) return groupThousands(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

export function groupThousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function formatPercent(share: number, decimals = 1): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(decimals)} %` : absent;
}

/** 2024-05-01 12:30 (UTC); seconds where they are not zero. */
export function formatTime(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, timeMs % 60_000 === 0 ? 16 : 19)}`;
}

const durationUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** The largest unit and the rest in the next one: '3 d 4 h', '10 s', '250 ms'. */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return absent;
  const first = durationUnits.findIndex(([, unitMs]) => durationMs >= unitMs);
  if (first < 0) return `${Math.round(durationMs)} ms`;
  const [name, unitMs] = durationUnits[first];
  const next = durationUnits[first + 1];
  if (next === undefined) return `${Number((durationMs / unitMs).toFixed(1))} ${name}`;
  const whole = Math.floor(durationMs / unitMs);
  const rest = Math.floor((durationMs - whole * unitMs) / next[1]);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${next[0]}`;
}
