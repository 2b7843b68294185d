import type { z } from 'zod';
import { nearest } from './nearest.ts';
import type { ConfigPath, Finding } from './problem.ts';
import { keysOf, schemaAt, valueAt } from './schema-walk.ts';
import { showValue } from './secrets.ts';

type Issue = z.core.$ZodIssue;

/** How a value may be shown; the loader hides what came from the environment. */
export type Show = (value: unknown, path: ConfigPath) => string;

const SHOWN_KEYS_MAX = 40;

/** What zod found wrong, in words for the person who wrote the file. `raw`: the data that was checked. */
export function findingsOf(
  issues: readonly Issue[],
  raw: unknown,
  schema: z.ZodType,
  show: Show = showValue,
): Finding[] {
  return issues.flatMap((issue) => findingsOfIssue(issue, [], raw, schema, show));
}

function findingsOfIssue(issue: Issue, base: ConfigPath, raw: unknown, schema: z.ZodType, show: Show): Finding[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, raw, schema));
  const value = valueAt(raw, path);
  const got = show(value, path);
  if (issue.code === 'invalid_union') {
    if (issue.errors.length === 0)
      return [unknownType(path, value, got, (issue as { options?: readonly unknown[] }).options ?? [])];
    return unionFindings(issue, path, value, got, raw, schema, show);
  }
  const expected = expectedOf(issue);
  if (expected === null) return [finding(path, 'a valid value', got, null, issue.message)];
  if (value === undefined) return [finding(path, expected, got, null, `missing; expected ${expected}`)];
  const near =
    issue.code === 'invalid_value' && typeof value === 'string' ? nearest(value, issue.values.map(String)) : null;
  return [finding(path, expected, got, near, `expected ${expected}, got ${got}${suggestion(near)}`)];
}

const finding = (
  path: ConfigPath,
  expected: string,
  got: string,
  near: string | null,
  message: string,
  at: 'key' | 'value' = 'value',
): Finding => ({
  path,
  at,
  expected,
  got,
  nearest: near,
  message,
});

const suggestion = (near: string | null): string => (near === null ? '' : `; did you mean "${near}"?`);

function unknownKey(path: ConfigPath, key: string, raw: unknown, schema: z.ZodType): Finding {
  const known = keysOf(schemaAt(schema, path, raw));
  if (known.includes(key))
    return finding(
      [...path, key],
      `one of ${known.join(', ')}`,
      'more than one',
      null,
      `only one of ${known.join(', ')} can be given`,
      'key',
    );
  const near = nearest(key, known);
  const list = known.slice(0, SHOWN_KEYS_MAX).join(', ');
  const message =
    near !== null || known.length === 0 ? `unknown key${suggestion(near)}` : `unknown key; known here: ${list}`;
  return finding(
    [...path, key],
    known.length === 0 ? 'a known key' : `one of ${list}`,
    'an unknown key',
    near,
    message,
    'key',
  );
}

/** No variant of a component has this `type`. */
function unknownType(path: ConfigPath, value: unknown, got: string, types: readonly unknown[]): Finding {
  const known = types.map(String).sort();
  const near = typeof value === 'string' ? nearest(value, known) : null;
  const what = `${path.at(-2) === undefined || typeof path.at(-2) === 'number' ? '' : `${String(path.at(-2))} `}type`;
  const list = known.join(', ');
  const message =
    value === undefined ? `missing; known types: ${list}` : `unknown ${what} ${got}; known: ${list}${suggestion(near)}`;
  return finding(path, `one of ${list}`, got, near, message);
}

/** Of a plain union: what the variant says that takes this kind of value; where none does, all that are possible. */
function unionFindings(
  issue: z.core.$ZodIssueInvalidUnion,
  path: ConfigPath,
  value: unknown,
  got: string,
  raw: unknown,
  schema: z.ZodType,
  show: Show,
): Finding[] {
  const { errors } = issue;
  const fits = errors.filter(
    (issues) =>
      !issues.some(
        (issue) => issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value'),
      ),
  );
  if (fits.length > 0 && value !== undefined) {
    const closest = fits.reduce((best, issues) => (issues.length < best.length ? issues : best));
    const unknown = closest.filter((issue) => issue.code === 'unrecognized_keys');
    const told = fits.length > 1 && unknown.length > 0 ? unknown : closest;
    const known = keysOf(schemaAt(schema, path, raw)).join(', ');
    if (fits.length > 1 && unknown.length === 0 && Object.keys(value as object).length === 0) {
      return [finding(path, `one of ${known}`, got, null, `expected one of ${known}`)];
    }
    return told.flatMap((issue) => findingsOfIssue(issue, path, raw, schema, show));
  }
  const parts = errors
    .flat()
    .filter((issue) => issue.path.length === 0)
    .map(expectedOf);
  const expected = ownWords(issue.message) ?? alternatives(parts.filter((part) => part !== null));
  const message = value === undefined ? `missing; expected ${expected}` : `expected ${expected}, got ${got}`;
  return [finding(path, expected, got, null, message)];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

const UNITS: Readonly<Record<string, string>> = { string: ' character', array: ' item', set: ' item', map: ' item' };

function amount(count: number | bigint, origin: string): string {
  const unit = UNITS[origin];
  return unit === undefined ? String(count) : `${count}${unit}${Number(count) === 1 ? '' : 's'}`;
}

/** '1, 2, 4 or 8'. */
function alternatives(parts: readonly string[]): string {
  const all = [...new Set(parts)];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

/** A schema's own message says what it expects in these words; zod's default ones begin otherwise. */
const ownWords = (message: string): string | null =>
  message.startsWith('expected ') ? message.slice('expected '.length) : null;

/** 'a number', 'at least 16' ...; null where only zod's own message (a custom check's) can say it. */
function expectedOf(issue: Issue): string | null {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return ownWords(issue.message) ?? `a valid ${issue.format}`;
    default:
      return null;
  }
}
