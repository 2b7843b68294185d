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
  const { tags, fields, integerFields } = point;
  let key = nameOf(point.measurement).measurement;
  // Sorted, as the server stores them.
  for (const name of Object.keys(tags).sort()) key += `,${nameOf(name).tag}=${nameOf(tags[name]).tag}`;
  if (isOver(key, keyBytesMax)) return { ok: false, reason: `the series key is over ${keyBytesMax} bytes` };
  // joined, for what is added up piece by piece stays in pieces until it is sent, and there may be a hundred thousand lines
  const cells: string[] = [];
  for (const name in fields)
    cells.push(`${nameOf(name).tag}=${encodeValue(fields[name], integerFields?.includes(name) === true)}`);
  return { ok: true, line: `${key} ${cells.join(',')} ${point.timeMs}` };
}

function refusal(point: Point): string | null {
  const { measurement, timeMs, tags, fields } = point;
  if (measurement === '') return 'the measurement is empty';
  if (comment.test(measurement)) return 'the measurement begins with "#": the server would read a comment';
  if (!Number.isSafeInteger(timeMs) || Math.abs(timeMs) > timeMsMax) {
    return `the time ${timeMs} is not a whole number of milliseconds within the years 1678 to 2262`;
  }
  return tagRefusal(tags) ?? twiceRefusal(tags) ?? twiceRefusal(fields) ?? fieldRefusal(point);
}

const comment = /^\s*#/;

function tagRefusal(tags: Point['tags']): string | null {
  for (const name in tags) {
    const value: unknown = tags[name];
    if (name === '' || name === 'time') return `a tag is called "${name}"`;
    // What a caller without types may hand over: the client would store the text "undefined".
    if (typeof value !== 'string') return `the tag ${name} is no text`;
    if (value === '') return `the tag ${name} is empty`;
  }
  return null;
}

function fieldRefusal({ fields, integerFields }: Point): string | null {
  let count = 0;
  for (const name in fields) {
    count++;
    const value: unknown = fields[name];
    if (name === '' || name === 'time') return `a field is called "${name}"`;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) return `the field ${name} is ${value}`;
      if (!Number.isSafeInteger(value) && integerFields?.includes(name)) {
        return `the field ${name} is ${value}, not an integer`;
      }
    } else if (typeof value === 'string') {
      if (isOver(value, stringBytesMax)) return `the field ${name} is over ${stringBytesMax} bytes`;
    } else if (typeof value !== 'boolean') return `the field ${name} is neither a number, a text nor true or false`;
  }
  return count === 0 ? 'there are no fields' : null;
}

/** Names that are written as they are cannot be one after that. */
function twiceRefusal(named: Readonly<Record<string, unknown>>): string | null {
  let changed = false;
  for (const name in named) changed ||= nameOf(name).sayable !== name;
  if (!changed) return null;
  const seen = new Set<string>();
  for (const { sayable } of Object.keys(named).map(nameOf)) {
    if (seen.has(sayable)) return `two of its names would both be written as "${sayable}"`;
    seen.add(sayable);
  }
  return null;
}

/** A character takes three bytes at most. */
const isOver = (text: string, bytesMax: number): boolean =>
  3 * text.length > bytesMax && Buffer.byteLength(text) > bytesMax;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controls = /[\u0000-\u001f\u007f\u2028\u2029]/g;

/** A name, or the value of a tag, and how it is written. */
interface Name {
  /** What is left of it that the format can say. */
  readonly sayable: string;
  readonly measurement: string;
  /** As a tag, its value, or a field. */
  readonly tag: string;
}

/** The same few names are in every line, and to look for what has to be escaped costs more than the rest of a line. */
const known = new Map<string, Name>();
const knownMax = 20_000;
const knownCharsMax = 256;

function nameOf(text: string): Name {
  const found = known.get(text);
  if (found !== undefined) return found;
  const sayable = text.replace(controls, ' ').replace(/\\+$/, (slashes) => '/'.repeat(slashes.length));
  const name = { sayable, measurement: sayable.replace(/[, ]/g, '\\$&'), tag: sayable.replace(/[,= ]/g, '\\$&') };
  if (text.length > knownCharsMax) return name;
  if (known.size >= knownMax) known.clear();
  known.set(text, name);
  return name;
}

function encodeValue(value: number | string | boolean, integer: boolean): string {
  if (typeof value === 'string') return `"${value.replace(controls, ' ').replace(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  // String(-0) is "0" and String(x) the shortest text that reads back as x.
  return integer ? `${value}i` : String(value);
}
