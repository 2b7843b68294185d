import type { FileHandle } from 'node:fs/promises';
import { isSeriesState, type SeriesState } from '../core/series-state.ts';

// The lines of a state file: what it is; then snapshots, each the states of the series that have changed and a mark.

/** The first line. */
interface StateHeader {
  readonly schema_version: 3;
  readonly model: string;
}

/** The last line of a snapshot, which counts if this is there and fits. */
export interface SnapshotMark {
  readonly snapshot: number;
  /** Of all bytes since the mark before it, or since the beginning. */
  readonly crc32: number;
}

/** Where a line stands in the file, without its end. */
export interface Place {
  readonly start: number;
  readonly bytes: number;
}

/** `["name", state]`; null: the series is forgotten. */
export const encodeEntry = (series: string, state: SeriesState | null): Buffer =>
  Buffer.from(JSON.stringify([series, state]));

export function decodeEntry(line: Buffer): [series: string, state: SeriesState] {
  const entry = JSON.parse(line.toString()) as [string, SeriesState];
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || !isSeriesState(entry[1]))
    throw new Error(`the state of ${JSON.stringify(Array.isArray(entry) ? entry[0] : null)} is damaged`);
  return entry;
}

/** The series of a line and whether it has a state, without reading all of that; null: it is not such a line. */
export function entryHead(line: Buffer): { readonly series: string; readonly isForgotten: boolean } | null {
  let end = 2;
  while (end < line.length && line[end] !== quote) end += line[end] === backslash ? 2 : 1;
  try {
    const series: unknown = JSON.parse(line.toString('utf8', 1, end + 1));
    return typeof series === 'string' ? { series, isForgotten: line.subarray(end + 1).equals(forgottenEnd) } : null;
  } catch {
    return null;
  }
}

/** null: it is not a mark. */
export function decodeMark(line: Buffer): SnapshotMark | null {
  if (!line.subarray(0, markBegin.length).equals(markBegin)) return null;
  try {
    return JSON.parse(line.toString()) as SnapshotMark;
  } catch {
    return null;
  }
}

export const encodeHeader = (model: string): Buffer =>
  Buffer.from(`${JSON.stringify({ schema_version: 3, model } satisfies StateHeader)}\n`);

export function decodeHeader(line: Buffer): StateHeader {
  const header = JSON.parse(line.toString()) as StateHeader;
  if (header?.schema_version !== 3 || typeof header.model !== 'string') throw new Error('not states of this version');
  return header;
}

/** Every line that has an end. */
export async function* linesOf(file: FileHandle): AsyncGenerator<{ readonly start: number; readonly line: Buffer }> {
  let start = 0;
  let rest: Buffer[] = [];
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(readBytes), 0, readBytes, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const read = buffer.subarray(0, bytesRead);
    let from = 0;
    for (let end = read.indexOf(newline); end !== -1; end = read.indexOf(newline, from)) {
      const line = rest.length === 0 ? read.subarray(from, end) : Buffer.concat([...rest, read.subarray(from, end)]);
      yield { start, line };
      start += line.length + 1;
      rest = [];
      from = end + 1;
    }
    if (from < bytesRead) rest.push(read.subarray(from));
  }
}

const newline = 10;
const readBytes = 2 ** 20;
const quote = 34;
const backslash = 92;
const markBegin = Buffer.from('{"snapshot":');
const forgottenEnd = Buffer.from(',null]');
