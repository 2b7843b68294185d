import { isUtf8 } from 'node:buffer';
import type { Limits } from '../core/limits.ts';
import type { SourceRecord } from '../core/record.ts';
import { Fault } from './fault.ts';

/** The message as text, checked before anyone parses it: not empty, not too large, valid UTF-8. */
export function messageText(record: SourceRecord, limits: Pick<Limits, 'messageBytesMax'>): string | Fault {
  const bytes = record.value;
  if (bytes === null || bytes.length === 0) return new Fault('empty', 'the message has no value');
  if (bytes.length > limits.messageBytesMax) {
    return new Fault('too_large', `${bytes.length} bytes, limits.message_bytes_max is ${limits.messageBytesMax}`);
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString('utf8') : new Fault('parse_error', 'the message is not valid UTF-8');
}
