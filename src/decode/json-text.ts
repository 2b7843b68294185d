import { messageOf } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
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
 * Parses the bytes of a JSON message: nesting is looked at before anything is built. Python's bare NaN,
 * Infinity and -Infinity are understood (as null and as strings). Never throws.
 */
export function parseJson(bytes: Buffer | Fault, { nestingMax }: Pick<Limits, 'nestingMax'>): JsonValue | Fault {
  const text = messageText(bytes);
  if (text instanceof Fault) return text;
  if (nestsDeeper(text, nestingMax)) return tooDeep(nestingMax);
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

export const tooDeep = (nestingMax: number) =>
  new Fault('too_deep', `nested deeper than limits.nesting_max, which is ${nestingMax}`);

const parseFault = (error: unknown) => new Fault('parse_error', `not JSON: ${messageOf(error)}`);

/** Whether brackets outside of strings nest deeper than `depthMax`; few messages have so many brackets at all. */
export function nestsDeeper(text: string, depthMax: number): boolean {
  return opensMore(text, depthMax) && deepens(text, depthMax);
}

/** Whether there are more than `countMax` opening brackets, in strings or not. */
function opensMore(text: string, countMax: number): boolean {
  let count = 0;
  for (const bracket of '{[')
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++count > countMax) return true;
  return false;
}

/** The same of those that are open at a time, outside of strings. */
function deepens(text: string, depthMax: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      for (i++; i < text.length && text.charCodeAt(i) !== quote; i++) if (text.charCodeAt(i) === backslash) i++;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthMax) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
