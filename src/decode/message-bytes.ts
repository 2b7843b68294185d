import type { Limits } from '../core/limits.ts';
import type { SourceRecord } from '../core/record.ts';
import { Fault } from './fault.ts';

/** The bytes of a message, checked before anyone looks inside: readable at all, not empty, not too large. */
export function messageBytes(record: SourceRecord, limits: Pick<Limits, 'messageBytesMax'>): Buffer | Fault {
  if (record.unreadable !== undefined) return new Fault('unreadable', record.unreadable);
  const bytes = record.value;
  if (bytes === null || bytes.length === 0) return new Fault('empty', 'the message has no value');
  if (bytes.length > limits.messageBytesMax) {
    return new Fault('too_large', `${bytes.length} bytes, limits.message_bytes_max is ${limits.messageBytesMax}`);
  }
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
