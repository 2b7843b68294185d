import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import { type Delimiter, detectDelimiter } from './detect-delimiter.ts';
import type { Table } from './facts.ts';

const HEAD_BYTES = 65_536;
/** Enough to know a feed by; what is behind is left for training. */
const ROWS_MAX = 100_000;
const CELLS_MAX = 2_000_000;
const ROW_BYTES_MAX = 1_048_576;

/** Reads the beginning of a CSV file (.gz too): at most 100,000 rows or 2 million cells. Fails with DATA_UNREADABLE. */
export async function readTable(file: string): Promise<{ readonly table: Table; readonly delimiter: Delimiter }> {
  try {
    if ((await stat(file)).isDirectory()) throw new Error('it is a folder; expected one CSV file');
    const delimiter = detectDelimiter(await headOf(file));
    return { table: await rowsOf(file, delimiter), delimiter };
  } catch (thrown) {
    if (thrown instanceof DriftcastError) throw thrown;
    throw unreadable(file, messageOf(thrown), 'Give a CSV file whose first line names the columns.', thrown);
  }
}

const unreadable = (file: string, what: string, hint: string, cause?: unknown): DriftcastError =>
  new DriftcastError('DATA_UNREADABLE', `reading ${file}: ${what}`, { hint, cause });

function bytesOf(file: string): Readable {
  const bytes = createReadStream(file);
  // An error of either end destroys both, which is where the reader sees it.
  return file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => {}) : bytes;
}

async function headOf(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(file)) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= HEAD_BYTES) break;
  }
  const head = Buffer.concat(chunks);
  if (head.subarray(0, HEAD_BYTES).includes(0))
    throw unreadable(file, 'not a text file', 'Give a CSV file, plain or .csv.gz.');
  return head.toString('utf8');
}

async function rowsOf(file: string, delimiter: Delimiter): Promise<Table> {
  const parser = parse({
    bom: true,
    delimiter,
    max_record_size: ROW_BYTES_MAX,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const rows: string[][] = [];
  let names: readonly string[] | null = null;
  let raggedRows = 0;
  let truncated = false;
  pipeline(bytesOf(file), parser, () => {});
  for await (const row of parser as AsyncIterable<string[]>) {
    if (names === null) {
      names = row.map((name) => name.trim());
      checkHeader(file, names);
    } else if (row.length !== names.length) raggedRows += 1;
    else if (rows.length >= ROWS_MAX || rows.length * names.length >= CELLS_MAX) {
      truncated = true;
      break;
    } else rows.push(row);
  }
  if (names === null) throw unreadable(file, 'it is empty', 'The first line has to name the columns.');
  if (raggedRows > rows.length) {
    const hint = 'Is the first line the header, and does it name every column?';
    throw unreadable(
      file,
      `${raggedRows} of ${raggedRows + rows.length} rows have another number of cells than the header (${names.length})`,
      hint,
    );
  }
  return { names, rows, raggedRows, truncated };
}

function checkHeader(file: string, names: readonly string[]): void {
  if (names.every((name) => name !== '' && Number.isFinite(Number(name)))) {
    throw unreadable(
      file,
      'the first line holds numbers, not names',
      'Put a line before it that names the columns, one of them the time.',
    );
  }
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined)
    throw unreadable(file, `two columns are named "${twice}"`, 'Give every column a name of its own.');
}
