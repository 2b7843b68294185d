import { DriftcastError } from '../../core/errors.ts';
import { recogniseTime } from '../../core/recognise-time.ts';
import type { Table } from './facts.ts';

/** Names that people give to event times, the likeliest meaning first. */
const TIME_NAMES = [
  /^[_@]?time$/i,
  /^[_@]?time_?stamp$/i,
  /^ts$/i,
  /^date_?time$/i,
  /^date$/i,
  /^(event|sample|reading)_?time(stamp)?$/i,
  /^(utc|epoch|time)(_?(ms|s|utc))?$/i,
  /^created(_at)?$/i,
];
const ROWS_TRIED = 2000;
const SHARE_MIN = 0.95;

export interface TimeFound {
  readonly column: number;
  /** [row], milliseconds since the epoch; NaN where the cell is no time. */
  readonly timesMs: Float64Array;
}

/**
 * Finds the column of the event time: by name, else the one that reads as times. Fails with DATA_UNREADABLE, saying
 * why.
 */
export function findTime({ names, rows }: Table, what: string): TimeFound {
  // Of a path into a message the last part is the name.
  const rank = (name: string) => TIME_NAMES.findIndex((pattern) => pattern.test(name.split('.').at(-1) ?? ''));
  const named = names.map((name, column) => ({ column, rank: rank(name) })).filter(({ rank: found }) => found >= 0);
  named.sort((a, b) => a.rank - b.rank);
  const tried = rows.slice(0, ROWS_TRIED);
  const readable = (column: number) => shareOfTimes(tried, column) >= SHARE_MIN;
  const byName = named.find(({ column }) => readable(column))?.column;
  const column =
    byName ?? names.findIndex((name, index) => name !== '' && readable(index) && looksLikeTime(tried, index));
  if (column < 0) throw noTime({ names, rows }, named[0]?.column ?? null, what);
  return { column, timesMs: Float64Array.from(rows, (row) => recogniseTime(row[column], 'auto') ?? Number.NaN) };
}

function shareOfTimes(rows: Table['rows'], column: number): number {
  const filled = rows.filter((row) => row[column].trim() !== '');
  if (filled.length === 0) return 0;
  return filled.filter((row) => recogniseTime(row[column], 'auto') !== null).length / filled.length;
}

/** Numbers may lie in the range of epoch times by chance: they must also never fall. */
function looksLikeTime(rows: Table['rows'], column: number): boolean {
  const cells = rows.map((row) => row[column]).filter((cell) => cell.trim() !== '');
  if (cells.some((cell) => !Number.isFinite(Number(cell)))) return true;
  return cells.every((cell, index) => index === 0 || Number(cell) >= Number(cells[index - 1]));
}

function noTime({ names, rows }: Pick<Table, 'names' | 'rows'>, named: number | null, what: string): DriftcastError {
  const fail = (message: string, hint: string) =>
    new DriftcastError('DATA_UNREADABLE', `looking for the time in ${what}: ${message}`, { hint });
  if (rows.length === 0) return fail('there are no rows', 'Give data to look at.');
  const formats =
    'Times are read as ISO 8601 (2026-03-01T10:00:00Z, 2026-03-01 10:00) or epoch seconds or milliseconds, 1990 to 2200.';
  const split = ['year', 'month', 'day'].map((part) => names.findIndex((name) => name.toLowerCase() === part));
  if (split.every((column) => column >= 0))
    return fail('it stands in columns of its own: year, month, day', splitHint(names, split));
  if (named !== null) {
    const example = rows.map((row) => row[named]).find((cell) => cell.trim() !== '') ?? '';
    return fail(`column "${names[named]}" holds "${example.slice(0, 40)}", which is no time`, formats);
  }
  return fail(
    `no column among ${names
      .slice(0, 12)
      .map((name) => `"${name.slice(0, 40)}"`)
      .join(', ')} reads as times`,
    formats,
  );
}

/** A command that puts the parts together; the columns are counted from 1 as awk does. */
function splitHint(names: readonly string[], split: readonly number[]): string {
  const hour = names.findIndex((name) => name.toLowerCase() === 'hour');
  const minute = names.findIndex((name) => name.toLowerCase() === 'minute');
  const parts = [...split, hour, minute].map((column) => (column < 0 ? '0' : `$${column + 1}`)).join(',');
  const format = '%04d-%02d-%02dT%02d:%02d:00Z,%s\\n';
  return `Join them: awk -F, 'NR==1{print "time," $0; next}{printf "${format}",${parts},$0}' FILE.csv > with-time.csv`;
}
