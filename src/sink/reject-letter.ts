import type { DeadLetter } from '../core/dead-letter.ts';

const detailCharsMax = 500;

/** What a sink refused for good, as a dead letter. `text` is what was refused; it is cut to `bytesMax`. */
export function rejectLetter(
  series: string | null,
  detail: string,
  text: string,
  timeMs: number,
  bytesMax: number,
): DeadLetter {
  return {
    reason: 'sink_rejected',
    detail: detail.slice(0, detailCharsMax),
    // A point is made of many messages: none of them alone is at fault.
    position: null,
    key: series,
    raw: Buffer.from(text).subarray(0, bytesMax),
    timeMs,
  };
}
