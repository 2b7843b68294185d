import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { decodeHeader, decodeMark, entryHead, linesOf, type Place } from './state-lines.ts';

export interface ScannedStates {
  readonly model: string;
  /** The newest line of every series, the one that was written longest ago first. */
  readonly places: Map<string, Place>;
  readonly snapshots: number;
  /** Behind the last snapshot that counts. */
  readonly endBytes: number;
}

/**
 * Finds in a state file what counts, without reading the states themselves. What stands behind the last whole snapshot was cut off
 * while it was written. Throws where a snapshot is damaged that another one was written behind: commits may rest on it.
 */
export async function scanStates(file: FileHandle): Promise<ScannedStates> {
  const places = new Map<string, Place>();
  let model: string | null = null;
  let snapshots = 0;
  let endBytes = 0;
  let crc = 0;
  let isCut = false;
  /** Of the snapshot whose mark has not come yet. */
  let lines: { readonly line: ReturnType<typeof entryHead>; readonly place: Place }[] = [];
  for await (const { start, line } of linesOf(file)) {
    const mark = decodeMark(line);
    if (model === null) model = decodeHeader(line).model;
    else if (mark === null) lines.push({ line: entryHead(line), place: { start, bytes: line.length } });
    if (mark === null) {
      crc = crc32('\n', crc32(line, crc));
      continue;
    }
    if (isCut || mark.snapshot !== snapshots + 1) throw new Error(`snapshot ${snapshots + 1} is damaged`);
    isCut = mark.crc32 !== crc || lines.some((one) => one.line === null);
    if (!isCut) {
      for (const { line: head, place } of lines) if (head !== null) putLast(places, head, place);
      snapshots++;
      endBytes = start + line.length + 1;
    }
    lines = [];
    crc = 0;
  }
  if (model === null || snapshots === 0) throw new Error('it ends before the first snapshot does');
  return { model, places, snapshots, endBytes };
}

function putLast(
  places: Map<string, Place>,
  { series, isForgotten }: NonNullable<ReturnType<typeof entryHead>>,
  place: Place,
): void {
  places.delete(series);
  if (!isForgotten) places.set(series, place);
}
