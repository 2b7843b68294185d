import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { type CsvColumns, type CsvLayout, planColumns } from './csv-columns.ts';

export interface CsvOptions extends CsvLayout {
  readonly path: string;
  readonly delimiter: string;
  /** Longer rows end the reading: a quote that is never closed must not swallow the file. */
  readonly rowBytesMax: number;
}

/** One line of the file after the header. */
export interface CsvRow {
  /** Line number in the file, counted from 1. */
  readonly line: number;
  /** Text of the time cell as it stands; null where the row is broken or empty. */
  readonly time: string | null;
  readonly series: string | null;
  /** {time, series, channel: text ...}; null where the row is broken or empty. */
  readonly message: Readonly<Record<string, string>> | null;
  /** Why the row is broken, with its text; null for good rows and for empty lines. */
  readonly problem: string | null;
}

export interface CsvReader {
  /** Streams the rows; reads no more than a few buffers ahead. Throws DATA_UNREADABLE. Use once. */
  rows(): AsyncGenerator<CsvRow>;
  /** The columns that become channels, in the order of the file; empty until the first row is asked for. */
  channels(): readonly string[];
  /** Share of the file's bytes read. */
  progress(): number;
}

/** A CSV file (compressed where its name ends in .gz) with a header line, read as a stream. Nothing is opened yet. */
export function openCsv(options: CsvOptions): CsvReader {
  let columns: CsvColumns | null = null;
  let file: ReadStream | null = null;
  let bytes = 0;
  async function* rows(): AsyncGenerator<CsvRow> {
    try {
      bytes = (await stat(options.path)).size;
      file = createReadStream(options.path);
      for await (const { record, info } of parsed(file, options)) {
        if (columns === null) columns = planColumns(record, options);
        else yield toRow(record, info.lines, columns, options);
      }
    } catch (error) {
      throw unreadable(error, options.path);
    }
    if (columns === null)
      throw problemWith(options.path, 'the file is empty', 'The first line has to name the columns.');
  }
  return {
    rows,
    channels: () => columns?.channels.map(({ name }) => name) ?? [],
    progress: () => (file === null || bytes === 0 ? 0 : Math.min(1, file.bytesRead / bytes)),
  };
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function parsed(file: ReadStream, options: CsvOptions): AsyncIterable<Parsed> {
  const parser = parse({
    bom: true,
    delimiter: options.delimiter,
    info: true,
    max_record_size: options.rowBytesMax,
    relax_column_count: true,
    relax_quotes: true,
  });
  // An error anywhere destroys the parser with it, which is where it is seen; an early end of the reader is no error.
  const ignore = () => {};
  if (options.path.endsWith('.gz')) pipeline(file, createGunzip(), parser, ignore);
  else pipeline(file, parser, ignore);
  return parser;
}

function toRow(cells: readonly string[], line: number, columns: CsvColumns, options: CsvOptions): CsvRow {
  if (cells.length === 1 && cells[0] === '' && columns.count > 1) {
    return { line, time: null, series: null, message: null, problem: null };
  }
  if (cells.length !== columns.count) {
    const text = cells.join(options.delimiter);
    const problem = `line ${line} has ${cells.length} columns, the header has ${columns.count}: ${text}`;
    return { line, time: null, series: null, message: null, problem };
  }
  const time = cells[columns.time];
  const series = columns.series === null ? null : cells[columns.series];
  const entries: [string, string][] = [['time', time]];
  if (series !== null) entries.push(['series', series]);
  for (const { name, index } of columns.channels) entries.push([name, cells[index]]);
  return { line, time, series, message: Object.fromEntries(entries), problem: null };
}

function unreadable(error: unknown, path: string): DriftcastError {
  if (error instanceof DriftcastError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const hints: Record<string, string> = {
    ENOENT: 'Check the path; paths in a pipeline file are relative to it.',
    EISDIR: 'Give the path of one CSV file.',
    EACCES: 'Let the user that driftcast runs as read the file.',
    CSV_MAX_RECORD_SIZE: 'Look for a quote that is never closed.',
    CSV_QUOTE_NOT_CLOSED: 'Look for a quote that is never closed.',
  };
  return problemWith(path, messageOf(error), hints[code] ?? 'Check that the file is whole, and CSV.', error);
}

const problemWith = (path: string, what: string, hint: string, cause?: unknown): DriftcastError =>
  new DriftcastError('DATA_UNREADABLE', `reading ${path}: ${what}`, { hint, cause });
