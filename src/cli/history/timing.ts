import type { Reading } from '../../core/reading.ts';

/** How readings lie in time. */
export interface Timing {
  /** Median time between two readings of a series that follow each other, milliseconds; NaN where no series has two. */
  readonly intervalMs: number;
  /** The same at 5 % and 95 %. */
  readonly shortMs: number;
  readonly longMs: number;
  /** Values that contradict another one of the same series, channel and time. */
  readonly contradictions: number;
  /** A series with such values, or ''. */
  readonly contradictory: string;
  /** Values in all. */
  readonly values: number;
}

const intervalsMax = 200_000;

/** Looks at all readings in the order of their times, whatever the order of the feed. */
export function timingOf(readings: readonly Reading[]): Timing {
  const bySeries = new Map<string, Reading[]>();
  let values = 0;
  for (const reading of readings) {
    values += reading.values.length;
    const own = bySeries.get(reading.series);
    if (own === undefined) bySeries.set(reading.series, [reading]);
    else own.push(reading);
  }
  const every = Math.max(1, Math.ceil(readings.length / intervalsMax));
  const intervals: number[] = [];
  let contradictions = 0;
  let contradictory = '';
  for (const [series, own] of bySeries) {
    own.sort((a, b) => a.timeMs - b.timeMs);
    const found = contradictionsIn(own);
    if (found > 0 && contradictions === 0) contradictory = series;
    contradictions += found;
    for (let i = every; i < own.length; i += every) {
      const interval = (own[i] as Reading).timeMs - (own[i - 1] as Reading).timeMs;
      if (interval > 0) intervals.push(interval);
    }
  }
  const sorted = Float64Array.from(intervals).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { intervalMs: at(0.5), shortMs: at(0.05), longMs: at(0.95), contradictions, contradictory, values };
}

/** @param own readings of one series by time */
function contradictionsIn(own: readonly Reading[]): number {
  let found = 0;
  let timeMs = Number.NaN;
  let last: readonly Reading[] = [];
  for (const reading of own) {
    if (reading.timeMs !== timeMs) {
      timeMs = reading.timeMs;
      last = [reading];
      continue;
    }
    reading.channels.forEach((channel, i) => {
      const others = last.flatMap((other) => {
        const k = other.channels.indexOf(channel);
        return k < 0 ? [] : [other.values[k] as number];
      });
      if (others.some((other) => other !== reading.values[i])) found++;
    });
    last = last.length < sameTimeMax ? [...last, reading] : last;
  }
  return found;
}

/** Of many readings at the same time, so many are compared. */
const sameTimeMax = 8;
