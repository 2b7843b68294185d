import type { Reading } from '../../core/reading.ts';
import type { SeriesTruth } from '../evaluate/truth.ts';

/** Takes the hidden cells out of readings, every value of them, before any room behind the decoder sees them. */
export function hideReading(
  truth: readonly SeriesTruth[],
  channels: number,
  stepMs: number,
): (reading: Reading) => Reading {
  const bySeries = new Map(truth.map((own) => [own.series, own]));
  return (reading) => {
    const own = bySeries.get(reading.series);
    if (own === undefined) return reading;
    const row = Math.floor((reading.timeMs - own.startMs) / stepMs);
    const shown = reading.channels.map((channel) => own.hidden[row * channels + channel] !== 1);
    if (shown.every(Boolean)) return reading;
    return {
      ...reading,
      channels: reading.channels.filter((_, k) => shown[k]),
      values: reading.values.filter((_, k) => shown[k]),
    };
  };
}
