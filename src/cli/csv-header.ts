import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

const headBytes = 65_536;

/** Names of the columns of a CSV file (.csv, .csv.gz), trimmed; none where they cannot be read: the replay source says why. */
export function csvHeader(file: string, delimiter: string): readonly string[] {
  try {
    const head = headOf(file);
    const text = (file.endsWith('.gz') ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head).toString();
    const [names = []] = parse(text, { bom: true, delimiter, relax_column_count: true, relax_quotes: true, to: 1 });
    return names.map((name) => name.trim());
  } catch {
    return [];
  }
}

/** The first bytes alone: a history may be larger than what fits into a buffer. */
function headOf(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(descriptor, head, 0, headBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}
