import { crc32 } from 'node:zlib';
import type { Place, SnapshotMark } from './state-lines.ts';

/** The line of a series, without its end. */
export interface SnapshotLine {
  readonly series: string;
  readonly isForgotten: boolean;
  readonly line: Buffer;
}

/** Between two pieces the process does what else is due. */
const pieceBytes = 2 ** 20;
const newline = Buffer.from('\n');

/** The bytes of one snapshot, and where its lines will stand. */
export class StateSnapshot {
  /** null: the series is forgotten. */
  readonly places = new Map<string, Place | null>();
  readonly #snapshot: number;
  readonly #first: Buffer;
  #endBytes: number;

  /** `first`: what stands before the states, where the file begins with this snapshot. */
  constructor(snapshot: number, startBytes: number, first: Buffer) {
    this.#snapshot = snapshot;
    this.#first = first;
    this.#endBytes = startBytes;
  }

  /** Where the file ends with it, once all pieces are taken. */
  get endBytes(): number {
    return this.#endBytes;
  }

  async *pieces(lines: Iterable<SnapshotLine> | AsyncIterable<SnapshotLine>): AsyncGenerator<Buffer> {
    let crc = 0;
    let parts = [this.#first];
    let bytes = this.#first.length;
    for await (const { series, isForgotten, line } of lines) {
      this.places.set(series, isForgotten ? null : { start: this.#endBytes + bytes, bytes: line.length });
      parts.push(line, newline);
      bytes += line.length + 1;
      if (bytes < pieceBytes) continue;
      const piece = Buffer.concat(parts);
      crc = crc32(piece, crc);
      this.#endBytes += bytes;
      yield piece;
      parts = [];
      bytes = 0;
    }
    const last = Buffer.concat(parts);
    const mark: SnapshotMark = { snapshot: this.#snapshot, crc32: crc32(last, crc) };
    const piece = Buffer.concat([last, Buffer.from(`${JSON.stringify(mark)}\n`)]);
    this.#endBytes += piece.length;
    yield piece;
  }
}
