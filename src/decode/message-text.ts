import { isUtf8 } from 'node:buffer';
import { Fault } from './fault.ts';

/** The bytes of a message as text. */
export const messageText = (bytes: Buffer | Fault): string | Fault => {
  if (bytes instanceof Fault) return bytes;
  return isUtf8(bytes) ? bytes.toString('utf8') : new Fault('parse_error', 'the message is not valid UTF-8');
};
