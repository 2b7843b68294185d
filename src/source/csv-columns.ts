import { DriftcastError } from '../core/errors.ts';

/** What the columns of a CSV file mean. */
export interface CsvLayout {
  readonly path: string;
  readonly timeColumn: string;
  readonly seriesColumn: string | undefined;
  readonly dropColumns: readonly string[];
}

export interface CsvColumns {
  readonly count: number;
  readonly time: number;
  readonly series: number | null;
  readonly channels: readonly { readonly name: string; readonly index: number }[];
}

const NAMES_SHOWN_MAX = 12;

/**
 * Finds time, series and channels among the names of a header. A column named `series` is the series column unless another
 * one is asked for; columns without a name (a frame's index) are left out.
 */
export function planColumns(header: readonly string[], layout: CsvLayout): CsvColumns {
  const names = header.map((name) => name.trim());
  const { path, timeColumn, dropColumns } = layout;
  const seriesColumn = layout.seriesColumn ?? (names.includes('series') ? 'series' : undefined);
  const wanted = [timeColumn, ...(seriesColumn === undefined ? [] : [seriesColumn]), ...dropColumns];
  for (const name of wanted) {
    if (!names.includes(name)) throw missing(path, name, names, name === timeColumn);
  }
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined)
    throw wrong(path, `two columns are named "${twice}"`, 'Give every column a name of its own.');
  const channels = names
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => name !== '' && !wanted.includes(name));
  const clash = channels.find(({ name }) => name === 'time' || name === 'series');
  if (clash !== undefined) {
    const hint = `Name it in drop_columns, or make it the ${clash.name}_column.`;
    throw wrong(path, `column "${clash.name}" stands beside the chosen ${clash.name} column`, hint);
  }
  if (channels.length === 0) throw wrong(path, `no channels among the columns ${shown(names)}`, 'Check the delimiter.');
  return {
    count: names.length,
    time: names.indexOf(timeColumn),
    series: seriesColumn === undefined ? null : names.indexOf(seriesColumn),
    channels,
  };
}

function missing(path: string, name: string, names: readonly string[], isTime: boolean): DriftcastError {
  const numeric = names.every((seen) => seen === '' || Number.isFinite(Number(seen)));
  const hint = numeric
    ? 'The first line holds numbers: it has to name the columns, one of them the time.'
    : names.length === 1 && /[;\t|,]/.test(names[0])
      ? 'There is only one column: set delimiter to the character that separates them.'
      : isTime
        ? 'Set time_column to the column that holds the time.'
        : 'Check the spelling in series_column and drop_columns.';
  return wrong(path, `no column "${name}" among ${shown(names)}`, hint);
}

function shown(names: readonly string[]): string {
  const some = names.slice(0, NAMES_SHOWN_MAX).map((name) => `"${name.slice(0, 60)}"`);
  const more = names.length - some.length;
  return some.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const wrong = (path: string, what: string, hint: string): DriftcastError =>
  new DriftcastError('DATA_UNREADABLE', `reading ${path}: ${what}`, { hint });
