import type { Point } from '../core/point.ts';

export type Encoded = { readonly ok: true; readonly line: string } | { readonly ok: false; readonly reason: string };

/** What InfluxDB 1.x keeps of one series key or one string field; more is refused here instead of cut there. */
const keyBytesMax = 60_000;
const stringBytesMax = 60_000;
/** The times that fit into 64-bit nanoseconds, with a margin for the values that the server reserves. */
const timeMsMax = 9_223_372_036_000;

/**
 * One point as one line of InfluxDB line protocol, time in milliseconds, without the line break. Pure.
 *
 * What the format cannot say is made sayable where the meaning survives: line breaks and other control characters become
 * spaces (an escaped line break would not survive `influx -import`, a bare one starts a bogus point), a backslash at the
 * end of a name or tag becomes a slash (it would swallow the separator after it). Everything else that a server would
 * refuse, drop or misread is refused here with the reason: empty names, names that are one after that (a server keeps one of
 * them, or refuses the line), no fields, non-finite numbers, a measurement that reads as a comment, a field or tag called `time`.
 */
export function encodeLine(point: Point): Encoded {
  const reason = refusal(point);
  if (reason !== null) return { ok: false, reason };
  const integers = new Set(point.integerFields);
  let key = escapeName(point.measurement, /[, ]/g);
  // Sorted, as the server stores them.
  for (const name of Object.keys(point.tags).sort()) {
    key += `,${escapeName(name, /[,= ]/g)}=${escapeName(point.tags[name], /[,= ]/g)}`;
  }
  if (Buffer.byteLength(key) > keyBytesMax) return { ok: false, reason: `the series key is over ${keyBytesMax} bytes` };
  const fields = Object.entries(point.fields).map(
    ([name, value]) => `${escapeName(name, /[,= ]/g)}=${encodeValue(value, integers.has(name))}`,
  );
  return { ok: true, line: `${key} ${fields.join(',')} ${point.timeMs}` };
}

function refusal(point: Point): string | null {
  if (point.measurement === '') return 'the measurement is empty';
  if (/^\s*#/.test(point.measurement)) return 'the measurement begins with "#": the server would read a comment';
  if (!Number.isSafeInteger(point.timeMs) || Math.abs(point.timeMs) > timeMsMax) {
    return `the time ${point.timeMs} is not a whole number of milliseconds within the years 1678 to 2262`;
  }
  for (const [name, value] of Object.entries(point.tags)) {
    if (name === '' || name === 'time') return `a tag is called "${name}"`;
    // What a caller without types may hand over: the client would store the text "undefined".
    if (typeof value !== 'string') return `the tag ${name} is no text`;
    if (value === '') return `the tag ${name} is empty`;
  }
  const twice = nameTwice(Object.keys(point.tags)) ?? nameTwice(Object.keys(point.fields));
  if (twice !== null) return `two of its names would both be written as "${twice}"`;
  const fields = Object.entries(point.fields);
  if (fields.length === 0) return 'there are no fields';
  for (const [name, value] of fields) {
    if (name === '' || name === 'time') return `a field is called "${name}"`;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) return `the field ${name} is ${value}`;
      if (point.integerFields?.includes(name) && !Number.isSafeInteger(value)) {
        return `the field ${name} is ${value}, not an integer`;
      }
    } else if (typeof value === 'string') {
      if (Buffer.byteLength(value) > stringBytesMax) return `the field ${name} is over ${stringBytesMax} bytes`;
    } else if (typeof value !== 'boolean') return `the field ${name} is neither a number, a text nor true or false`;
  }
  return null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controls = /[\u0000-\u001f\u007f\u2028\u2029]/g;

/** What is left of a name or tag that the format can say. */
const sayable = (text: string): string =>
  text.replace(controls, ' ').replace(/\\+$/, (slashes) => '/'.repeat(slashes.length));

const escapeName = (text: string, special: RegExp): string => sayable(text).replace(special, '\\$&');

function nameTwice(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names.map(sayable)) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

function encodeValue(value: number | string | boolean, integer: boolean): string {
  if (typeof value === 'string') return `"${value.replace(controls, ' ').replace(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  // String(-0) is "0" and String(x) the shortest text that reads back as x.
  return integer ? `${value}i` : String(value);
}
