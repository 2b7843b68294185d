import { DriftcastError } from '../../core/errors.ts';
import { cellNumber, isMissing } from '../../decode/cell-value.ts';
import type { Table } from './facts.ts';

export interface Columns {
  readonly labels: readonly string[];
  readonly ignored: readonly { readonly name: string; readonly why: string }[];
  /** Columns that become channels. */
  readonly channels: readonly { readonly name: string; readonly column: number; readonly values: Float64Array }[];
}

const LABEL_NAME =
  /^(is_?)?(label|labels|anomaly|anomalies|anomalous|attack|outlier|fault|changepoint|ground_?truth)s?$/i;
const INDEX_NAME = /^(no|nr|index|idx|row|row_?(id|no|number)|id|record_?id|)$/i;
const TIME_PART_NAME = /^(year|month|day|hour|minute|second|day_?of_?week|weekday|week)$/i;
/** Channels that the config takes. */
const CHANNELS_MAX = 400;
const NAME_CHARS_MAX = 128;
/** Stray text costs its cell; a column with more of it is text. */
const NUMERIC_SHARE_MIN = 0.98;

/** Sorts the columns besides time and series into labels, channels and what is left out, with the reason. */
export function classifyColumns(table: Table, taken: readonly number[], label: string | null): Columns {
  const { names, rows } = table;
  if (label !== null && !names.includes(label)) {
    const hint = `The columns are: ${names.slice(0, 30).join(', ')}.`;
    throw new DriftcastError('USAGE', `looking for the label column: there is no column "${label}"`, { hint });
  }
  const labels: string[] = [];
  const ignored: { name: string; why: string }[] = [];
  const channels: { name: string; column: number; values: Float64Array }[] = [];
  for (const [column, name] of names.entries()) {
    if (taken.includes(column)) continue;
    const isLabel = name === label || (LABEL_NAME.test(name) && distinctUpTo(rows, column, 3) <= 2);
    if (isLabel) {
      labels.push(name);
      continue;
    }
    const values = Float64Array.from(rows, (row) => cellNumber(row[column]));
    const why = reasonAgainst(name, values, rows, column, channels.length);
    if (why === null)
      channels.push({ name, column, values: values.map((value) => (Number.isFinite(value) ? value : Number.NaN)) });
    else ignored.push({ name, why });
  }
  return { labels, ignored, channels };
}

/** Why a column is no channel; null where it is one. */
function reasonAgainst(
  name: string,
  values: Float64Array,
  rows: Table['rows'],
  column: number,
  channels: number,
): string | null {
  if (name === '') return 'has no name';
  if (name === 'time' || name === 'series') return `stands beside the chosen ${name} column`;
  if (name.length > NAME_CHARS_MAX) return `its name is longer than ${NAME_CHARS_MAX} characters`;
  let filled = 0;
  let numeric = 0;
  rows.forEach((row, index) => {
    if (isMissing(row[column])) return;
    filled += 1;
    if (!Number.isNaN(values[index])) numeric += 1;
  });
  if (filled === 0) return 'has no values';
  if (numeric < filled * NUMERIC_SHARE_MIN) return 'is text';
  if (INDEX_NAME.test(name) && counts(values)) return 'counts the rows';
  if (TIME_PART_NAME.test(name) && values.every((value) => Number.isNaN(value) || Number.isInteger(value)))
    return 'is a part of the time';
  return channels >= CHANNELS_MAX ? `is behind the first ${CHANNELS_MAX} channels` : null;
}

/** Whether the values go up by one, row by row. */
const counts = (values: Float64Array): boolean =>
  values.every((value, index) => index === 0 || value === values[index - 1] + 1);

function distinctUpTo(rows: Table['rows'], column: number, limit: number): number {
  const seen = new Set<string>();
  for (const row of rows) {
    if (!isMissing(row[column])) seen.add(row[column].trim());
    if (seen.size >= limit) break;
  }
  return seen.size;
}
