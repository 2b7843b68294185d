import type { ComponentContext } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import type { SourceRecord } from '../core/record.ts';
import type { Fault } from './fault.ts';

const detailCharsMax = 500;

/**
 * Makes a dead letter of a fault. `raw` is the part of the message it is about (an element, a line), without it the whole
 * message; cut to `limits.deadLetterBytesMax`. The bytes are copied: a view would keep the whole fetched batch in memory.
 */
export type DeadLetterMaker = (record: SourceRecord, fault: Fault, raw?: Uint8Array | string) => DeadLetter;

export function createDeadLetterMaker(context: Pick<ComponentContext, 'limits' | 'clock'>): DeadLetterMaker {
  const bytesMax = context.limits.deadLetterBytesMax;
  return (record, fault, raw) => ({
    reason: fault.reason,
    detail: fault.detail.length > detailCharsMax ? `${fault.detail.slice(0, detailCharsMax - 3)}...` : fault.detail,
    position: record.position,
    key: record.key,
    raw: cut(raw ?? record.value, bytesMax),
    timeMs: record.timestampMs ?? context.clock.nowMs(),
  });
}

function cut(raw: Uint8Array | string | null, bytesMax: number): Uint8Array | null {
  if (raw === null) return null;
  // A character takes at least a byte, so cutting first keeps the encoding of a large text cheap.
  const bytes = typeof raw === 'string' ? new TextEncoder().encode(raw.slice(0, bytesMax)) : raw;
  return Uint8Array.from(bytes.subarray(0, bytesMax));
}
