import { LineCursor } from './line-protocol-cursor.ts';

export const precisions = ['ns', 'us', 'ms', 's'] as const;
export type Precision = (typeof precisions)[number];

/** A line that could be read. `end` is the index of the line break behind it, or of the end of the text. */
export interface Line {
  readonly kind: 'line';
  readonly end: number;
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: readonly Field[];
  /** null: the line carries no time. */
  readonly timeMs: number | null;
}

export interface Field {
  readonly name: string;
  readonly value: number | boolean;
}

export type ParsedLine =
  | Line
  | { readonly kind: 'nothing'; readonly end: number }
  | { readonly kind: 'wrong'; readonly end: number; readonly detail: string };

const integer = /^[+-]?\d+[iu]$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const notFinite = /^[+-]?(?:nan|inf|infinity)$/i;
const truths: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/**
 * Reads the line of `text` that starts at `start`: `measurement[,tag=value...] field=value[,field=value...] [time]`.
 * String fields are left out. Never throws; a line that cannot be read ends at the next line break.
 * Syntax: InfluxDB documentation, "Line protocol".
 */
export function parseLine(text: string, start: number, precision: Precision): ParsedLine {
  const cursor = new LineCursor(text, start);
  cursor.skipSpaces();
  if (cursor.atEnd()) return { kind: 'nothing', end: cursor.lineEnd() };
  if (cursor.peek() === '#') return { kind: 'nothing', end: cursor.lineEnd() };
  const measurement = cursor.word('value', 'a measurement');
  const tags = readTags(cursor);
  const fields = readFields(cursor);
  const timeMs = readTime(cursor, precision);
  if (cursor.fault !== null) return { kind: 'wrong', end: cursor.lineEnd(), detail: cursor.fault };
  return { kind: 'line', end: cursor.lineEnd(), measurement, tags, fields, timeMs };
}

function readTags(cursor: LineCursor): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  while (cursor.take(',')) {
    const name = cursor.word('name', 'a tag name');
    cursor.expect('=');
    tags.set(name, cursor.word('value', 'a tag value'));
  }
  cursor.expect(' ');
  return tags;
}

function readFields(cursor: LineCursor): readonly Field[] {
  const fields: Field[] = [];
  cursor.skipSpaces();
  do {
    const name = cursor.word('name', 'a field name');
    cursor.expect('=');
    if (cursor.peek() === '"') cursor.skipString();
    else {
      const value = fieldValue(cursor.word('value', 'a field value'));
      if (value === null) cursor.fail(`field ${name}: not a number, boolean or quoted string`);
      else fields.push({ name, value });
    }
  } while (cursor.take(','));
  return fields;
}

function fieldValue(text: string): number | boolean | null {
  if (decimal.test(text)) return Number(text);
  if (integer.test(text)) return Number(text.slice(0, -1));
  // Not part of the protocol, but some writers do it; NaN is a missing cell, infinities are refused further on.
  if (notFinite.test(text)) return /nan/i.test(text) ? NaN : text.startsWith('-') ? -Infinity : Infinity;
  return truths.get(text) ?? null;
}

function readTime(cursor: LineCursor, precision: Precision): number | null {
  cursor.skipSpaces();
  if (cursor.atEnd()) return null;
  const text = cursor.word('value', 'a time');
  cursor.skipSpaces();
  if (!cursor.atEnd()) cursor.fail('more after the time');
  if (!/^-?\d{1,19}$/.test(text)) cursor.fail('the time is not a whole number');
  return toMs(text, precision);
}

/** Nanoseconds have more digits than a number holds: cut, not divided. */
function toMs(text: string, precision: Precision): number {
  if (precision === 's') return Number(text) * 1000;
  const digits = { ns: 6, us: 3, ms: 0 }[precision];
  return digits === 0 ? Number(text) : Number(text.slice(0, -digits) || '0');
}
