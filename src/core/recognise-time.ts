/** How a time is written. `auto` tells ISO 8601 from epoch seconds and milliseconds. */
export const timeFormats = ['auto', 'iso', 'epoch_s', 'epoch_ms'] as const;
export type TimeFormat = (typeof timeFormats)[number];

/** 1990-01-01 and 2200-01-01: what lies outside is a broken clock or another unit, not a time. */
export const timeMsMin = 631_152_000_000;
export const timeMsMax = 7_258_118_400_000;

/**
 * Below: seconds; from here on: milliseconds. 1e11 s is the year 5138, 1e11 ms is March 1973: every time that is accepted
 * falls on one side.
 */
const secondsBelow = 1e11;

/** 2026-03-01, 2026-03-01T10:00, 2026-03-01 10:00:00.123456Z, 2026-03-01T10:00:00+02:00 (or +0200, +02). */
const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
const decimal = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,2})?$/;

/**
 * Milliseconds since the epoch of a time as a message or a CSV cell gives it, or null where it is none. Numbers may be
 * strings and may have a fraction; the result is rounded to whole milliseconds. ISO times without a zone are UTC, whatever
 * the machine's own zone. Times before 1990 or after 2200 are null.
 */
export function recogniseTime(value: unknown, format: TimeFormat): number | null {
  if (typeof value === 'number') return format === 'iso' ? null : fromNumber(value, format);
  if (typeof value !== 'string' || value.length > 64) return null;
  const text = value.trim();
  if (format !== 'iso' && decimal.test(text)) return fromNumber(Number(text), format);
  return format === 'auto' || format === 'iso' ? fromIso(text) : null;
}

function fromNumber(value: number, format: TimeFormat): number | null {
  const seconds = format === 'epoch_s' || (format === 'auto' && Math.abs(value) < secondsBelow);
  return bounded(Math.round(seconds ? value * 1000 : value));
}

function fromIso(text: string): number | null {
  const parts = iso.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = parts;
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // Date.UTC carries 31 February over into March: such a date is a mistake of the sender.
  if (new Date(dayMs).getUTCDate() !== Number(day) || Number(month) > 12 || Number(month) < 1) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const ms = Math.round(Number(`0.${fraction}`) * 1000);
  const inDayMs = Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000 + ms;
  const zoneMs = zoneOffsetMs(zone);
  return zoneMs === null ? null : bounded(dayMs + inDayMs - zoneMs);
}

function zoneOffsetMs(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 14 || minutes > 59) return null;
  return (zone[0] === '-' ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}

const bounded = (timeMs: number): number | null => (timeMs >= timeMsMin && timeMs <= timeMsMax ? timeMs : null);
