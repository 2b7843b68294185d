import type { Channel } from './channel.ts';
import type { Reading } from './reading.ts';

/** Channels whose values are known ahead, ascending indices. */
export const knownAheadOf = (channels: readonly Channel[]): number[] =>
  channels.flatMap(({ knownAhead }, c) => (knownAhead === true ? [c] : []));

/**
 * Tells a plan reading: all of its channels are known ahead, so it says what is going to be, and nothing of a device that was heard.
 * With one ordinary cell it is an ordinary reading.
 */
export function planReadings(channels: readonly Channel[]): (reading: Pick<Reading, 'channels'>) => boolean {
  const ahead = knownAheadOf(channels);
  if (ahead.length === 0) return () => false;
  return (reading) => reading.channels.length > 0 && reading.channels.every((c) => channels[c]?.knownAhead === true);
}
