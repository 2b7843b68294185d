import { messageOf } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import type { SourceRecord } from '../core/record.ts';
import { Fault } from './fault.ts';
import { messageText } from './message-text.ts';
import { quoteNonFinite } from './non-finite-tokens.ts';

const quote = 0x22;
const backslash = 0x5c;

/** What a JSON message holds; wrapped, since `null` and strings are values too. */
export interface JsonValue {
  readonly value: unknown;
}

/**
 * Parses a JSON message within the limits: size and nesting are looked at before anything is built. Python's bare NaN,
 * Infinity and -Infinity are understood (as null and as strings). Never throws.
 */
export function parseJson(
  record: SourceRecord,
  limits: Pick<Limits, 'messageBytesMax' | 'nestingMax'>,
): JsonValue | Fault {
  const text = messageText(record, limits);
  if (text instanceof Fault) return text;
  if (nestsDeeper(record.value as Uint8Array, limits.nestingMax)) {
    return new Fault('too_deep', `nested deeper than limits.nesting_max, which is ${limits.nestingMax}`);
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const repaired = quoteNonFinite(text);
    if (repaired === null) return parseFault(error);
    try {
      return { value: JSON.parse(repaired) };
    } catch {
      return parseFault(error);
    }
  }
}

const parseFault = (error: unknown) => new Fault('parse_error', `not JSON: ${messageOf(error)}`);

/** Whether brackets outside of strings nest deeper than `depthMax`. One pass over the bytes. */
export function nestsDeeper(bytes: Uint8Array, depthMax: number): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === quote) {
      for (i++; i < bytes.length && bytes[i] !== quote; i++) if (bytes[i] === backslash) i++;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthMax) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
