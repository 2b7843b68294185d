import type { DeadLetterReason } from '../core/dead-letter.ts';
import { Fault, preview } from './fault.ts';

/** One record of a pack with the base fields worked in. */
export interface SenmlEntry {
  readonly baseName: string;
  readonly name: string;
  readonly timeMs: number;
  /** A number or boolean, undefined where the record has none that can be used (strings, data, sums). */
  readonly value: unknown;
  /** The record as it came. */
  readonly record: unknown;
}

/** A record that cannot be used. */
export interface SenmlRefusal {
  readonly fault: Fault;
  readonly record: unknown;
}

type SenmlRecord = Readonly<Record<string, unknown>>;

/** Times below are relative to now, RFC 8428 section 4.5.3. */
const relativeBelowS = 2 ** 28;
/** The version that this reads, RFC 8428 section 4.4. */
const versionMax = 10;

interface Base {
  name: string;
  time: number;
  value: number;
}

/**
 * Works the base fields (bn, bt, bv) of a SenML pack into its records, RFC 8428 section 4.6. A record that cannot be used
 * leaves its neighbours alone; a pack as a whole is refused for another version, for a base field of the wrong kind (every
 * record behind it would mean something else), and for fields that must be understood (their names end in "_").
 */
export function resolvePack(
  pack: unknown,
  nowMs: number,
  recordsMax: number,
): Fault | readonly (SenmlEntry | SenmlRefusal)[] {
  if (!Array.isArray(pack)) return new Fault('not_an_object', `expected an array of records, got ${preview(pack)}`);
  if (pack.length > recordsMax)
    return new Fault('too_large', `a pack of ${pack.length} records, at most ${recordsMax} are taken`);
  const base: Base = { name: '', time: 0, value: 0 };
  const entries: (SenmlEntry | SenmlRefusal)[] = [];
  for (const record of pack as readonly unknown[]) {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      entries.push({ fault: new Fault('not_an_object', `expected a record, got ${preview(record)}`), record });
      continue;
    }
    const fields = record as SenmlRecord;
    const refused = notUnderstood(fields) ?? wrongField(fields, baseKinds);
    if (refused !== null) return refused;
    base.name = (field(fields, 'bn') as string | undefined) ?? base.name;
    base.time = (field(fields, 'bt') as number | undefined) ?? base.time;
    base.value = (field(fields, 'bv') as number | undefined) ?? base.value;
    const fault = wrongField(fields, ownKinds);
    if (fault !== null) entries.push({ fault, record });
    else if (ownFields.some((key) => field(fields, key) !== undefined))
      entries.push(resolveRecord(fields, base, nowMs));
  }
  return entries.length > 0 ? entries : new Fault('no_values', 'a pack without records that carry anything');
}

function resolveRecord(record: SenmlRecord, base: Base, nowMs: number): SenmlEntry {
  const value = field(record, 'v');
  const timeS = base.time + ((field(record, 't') as number | undefined) ?? 0);
  return {
    baseName: base.name,
    name: (field(record, 'n') as string | undefined) ?? '',
    timeMs: Math.round(timeS * 1000) + (timeS < relativeBelowS ? nowMs : 0),
    value: value === undefined ? field(record, 'vb') : base.value + (value as number),
    record,
  };
}

const field = (record: SenmlRecord, key: string): unknown => (Object.hasOwn(record, key) ? record[key] : undefined);

/** A record without any of these only sets base fields. */
const ownFields = ['n', 'v', 'vb', 'vs', 'vd', 's', 't'] as const;

type Kinds = readonly (readonly [key: string, kind: 'string' | 'number' | 'boolean', reason: DeadLetterReason])[];
const baseKinds: Kinds = [
  ['bn', 'string', 'series_invalid'],
  ['bt', 'number', 'time_invalid'],
  ['bv', 'number', 'value_invalid'],
];
const ownKinds: Kinds = [
  ['n', 'string', 'series_invalid'],
  ['t', 'number', 'time_invalid'],
  ['v', 'number', 'value_invalid'],
  ['vb', 'boolean', 'value_invalid'],
];

function wrongField(record: SenmlRecord, kinds: Kinds): Fault | null {
  for (const [key, kind, reason] of kinds) {
    const value = field(record, key);
    if (value !== undefined && typeof value !== kind)
      return new Fault(reason, `${key}: expected a ${kind}, got ${preview(value)}`);
  }
  return null;
}

function notUnderstood(record: SenmlRecord): Fault | null {
  const version = field(record, 'bver');
  if (version !== undefined && !(typeof version === 'number' && version <= versionMax)) {
    return new Fault('parse_error', `bver ${preview(version)}: versions up to ${versionMax} are understood`);
  }
  const unknown = Object.keys(record).find((key) => key.endsWith('_'));
  return unknown === undefined ? null : new Fault('parse_error', `${preview(unknown)} must be understood and is not`);
}
