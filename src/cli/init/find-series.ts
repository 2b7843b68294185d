import type { Table } from './facts.ts';

const SERIES_NAME =
  /^(series|device|station|host|hostname|sensor|machine|unit|asset|site|node|entity|source|instance|turbine|engine|pump|meter|line|tag|client|location)(_?(id|name|no|nr|number))?$|^(uuid|serial|id)$/i;
/** Whether a column, or the last part of a path into a message, is named like a device. */
export const isSeriesName = (name: string): boolean => SERIES_NAME.test(name.split('.').at(-1) ?? '');

/** A series needs rows: a column with a new name on every row is no key. */
const ROWS_PER_NAME_MIN = 8;
const DOUBLES_MAX = 0.01;

/**
 * The column whose text says which device a row is of; null: all rows are of one. A column named like one is taken,
 * else, where several rows have the same time, the text column that tells them apart.
 */
export function findSeries({ names, rows }: Table, timesMs: Float64Array, timeColumn: number): number | null {
  // What the replay source takes by itself.
  const series = names.indexOf('series');
  if (series >= 0 && series !== timeColumn && rows.some((row) => row[series] !== '')) return series;
  const candidates = names
    .map((_, column) => column)
    .filter((column) => column !== timeColumn && names[column] !== '' && mayBeKey(rows, column));
  const named = candidates.filter((column) => isSeriesName(names[column]));
  const doubled = doublesWith(rows, timesMs, null);
  if (doubled <= DOUBLES_MAX) return named.find((column) => isText(rows, column)) ?? null;
  const text = candidates.filter((column) => !named.includes(column) && isText(rows, column));
  const telling = [...named, ...text].map((column) => ({ column, doubles: doublesWith(rows, timesMs, column) }));
  const clear = telling.find(({ doubles }) => doubles <= DOUBLES_MAX);
  if (clear !== undefined) return clear.column;
  const best = telling.reduce<(typeof telling)[number] | null>(
    (least, other) => (least === null || other.doubles < least.doubles ? other : least),
    null,
  );
  if (best === null) return null;
  // A name is a strong hint; any other text has to explain most of the doubles.
  return best.doubles < doubled * (named.includes(best.column) ? 0.95 : 0.5) ? best.column : null;
}

function mayBeKey(rows: Table['rows'], column: number): boolean {
  const distinct = new Set<string>();
  for (const row of rows) {
    const cell = row[column].trim();
    if (cell === '' || cell.length > 200) return false;
    distinct.add(cell);
    if (distinct.size * ROWS_PER_NAME_MIN > rows.length + ROWS_PER_NAME_MIN) return false;
  }
  return distinct.size > 0;
}

const isText = (rows: Table['rows'], column: number): boolean =>
  rows.some((row) => !Number.isFinite(Number(row[column])));

/** Share of rows that have the same time (and key) as another one before. */
function doublesWith(rows: Table['rows'], timesMs: Float64Array, column: number | null): number {
  const seen = new Set(rows.map((row, index) => `${timesMs[index]} ${column === null ? '' : row[column]}`));
  return rows.length === 0 ? 0 : 1 - seen.size / rows.length;
}
