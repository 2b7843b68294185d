import { existsSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../../quality/data/number-table.ts';

/** A file of TSB-AD and the recording that it was made from. */
export interface TsbFile {
  readonly file: string;
  readonly trainRows: number;
  /** Rows of the recording that TSB-AD leaves out at its start. */
  readonly dropped: number;
}

/** The recordings of a set that are in TSB-AD with the same labels, by their name in `column`; none where the map is missing. */
export function readTsbMap(folder: string | null, set: string, column: string): Map<string, TsbFile> {
  const file = folder === null ? '' : path.join(folder, `map_${set}.csv`);
  if (file === '' || !existsSync(file)) return new Map();
  const [head = '', ...lines] = readText(file).split(/\r?\n/).filter(Boolean);
  const names = head.split(',');
  const found = new Map<string, TsbFile>();
  for (const line of lines) {
    const cells = line.split(',');
    const cell = (name: string) => cells[names.indexOf(name)] ?? '';
    if (cell(column) === '' || cell('labels_match') === 'False') continue;
    const dropped = Number(cell('test_rows_dropped_at_start') || cell('rows_dropped_at_start') || 0);
    found.set(cell(column), { file: cell('tsb_file'), trainRows: Number(cell('train_len')), dropped });
  }
  return found;
}
