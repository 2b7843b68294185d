import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A file of numbers: [row, column], NaN where a cell is empty or no number; text columns are read as NaN. */
export interface NumberTable {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly values: Float64Array;
  /** First cell of every row, as text. */
  readonly labels: readonly string[];
}

/** Text of a file, unzipped where its name says so. */
export const readText = (file: string): string =>
  (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file)).toString('utf8');

/** Reads comma-separated numbers. Without a header the columns are called c0, c1 ... Quotes around a cell are taken off. */
export function readNumberTable(file: string, header: boolean): NumberTable {
  const lines = readText(file)
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const cellsOf = (line: string) => line.split(',').map((cell) => cell.replace(/^"|"$/g, ''));
  const first = cellsOf(lines[0] ?? '');
  const columns = header ? first : first.map((_, i) => `c${i}`);
  const body = header ? lines.slice(1) : lines;
  const values = new Float64Array(body.length * columns.length);
  const labels: string[] = [];
  body.forEach((line, row) => {
    const cells = cellsOf(line);
    if (cells.length !== columns.length)
      throw new Error(`${file}: row ${row + 1} has ${cells.length} cells, the header ${columns.length}`);
    labels.push(cells[0]);
    cells.forEach((cell, c) => {
      values[row * columns.length + c] = cell.trim() === '' ? Number.NaN : Number(cell);
    });
  });
  return { columns, rows: body.length, values, labels };
}

/** Some columns of a table, in the order asked for, [row, column]. */
export function pickColumns(table: NumberTable, names: readonly string[]): Float64Array {
  const at = names.map((name) => {
    const index = table.columns.indexOf(name);
    if (index < 0) throw new Error(`there is no column "${name}"; there are ${table.columns.join(', ')}`);
    return index;
  });
  const width = table.columns.length;
  return Float64Array.from(
    { length: table.rows * names.length },
    (_, i) => table.values[Math.floor(i / names.length) * width + at[i % names.length]],
  );
}
