import { readSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { DriftcastError, messageOf } from '../core/errors.ts';
import type { SeriesState } from '../core/series-state.ts';
import { writeDurably } from '../core/write-durably.ts';
import { type ScannedStates, scanStates } from './scan-states.ts';
import { decodeEntry, encodeEntry, encodeHeader, type Place } from './state-lines.ts';
import { type SnapshotLine, StateSnapshot } from './state-snapshot.ts';
import type { StateStore } from './state-store.ts';

/** What the file holds, and where. */
interface Opened extends Omit<ScannedStates, 'model'> {
  readonly file: FileHandle;
}

/** The file is written anew when it is so many times as long as what counts in it, and so much longer; where that fails, so much later again. */
const longerTimes = 2;
const longerBytes = 4 * 2 ** 20;

/**
 * Snapshots in one file: what has changed is added, and a mark behind it makes it count (a log-structured store with an index in memory,
 * as Bitcask has it). Now and then, and where somebody else has touched it, the file is replaced atomically by one of what counts.
 * Of a state in memory there is only its place. State of another model version does not fit and is not read.
 */
export class StateFile implements StateStore {
  readonly #path: string;
  readonly #model: string;
  #opened: Opened | null = null;
  #writing: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** It is not written anew for its length before it is so long. */
  #replacedFromBytes = 0;

  constructor(path: string, model: string) {
    this.#path = path;
    this.#model = model;
  }

  /** Errors: STATE_INVALID where the file is there and cannot be read as snapshots. */
  async *read(): AsyncGenerator<readonly [series: string, state: SeriesState]> {
    try {
      await this.#letGo();
      const opened = await this.#open();
      if (opened === null) return;
      this.#opened = opened;
      for (const place of opened.places.values()) yield decodeEntry(await lineAt(opened.file, place));
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  /** Errors: STATE_INVALID. */
  stateOf(series: string): SeriesState | null {
    const place = this.#opened?.places.get(series);
    if (this.#opened === null || place === undefined) return null;
    try {
      const line = Buffer.allocUnsafe(place.bytes);
      if (readSync(this.#opened.file.fd, line, 0, place.bytes, place.start) !== place.bytes)
        throw new Error('the file has become shorter');
      return decodeEntry(line)[1];
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  /** One at a time. Errors: STATE_INVALID, retryable unless it is closed: without its index nobody knows what else counts. */
  write(changed: ReadonlyMap<string, SeriesState | null>): Promise<void> {
    if (this.#isClosed)
      return Promise.reject(new DriftcastError('STATE_INVALID', `writing the state to ${this.#path}: it is closed`));
    const writing = this.#write(changed);
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  /** Resolves when what is being written is done. Nothing is written any more. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#letGo();
  }

  async #letGo(): Promise<void> {
    await this.#writing;
    await this.#opened?.file.close();
    this.#opened = null;
  }

  async #write(changed: ReadonlyMap<string, SeriesState | null>): Promise<void> {
    try {
      const opened = this.#opened;
      const ours = opened !== null && (await this.#isOurs(opened)) ? opened : null;
      if (ours === null) await this.#replace(opened, changed);
      else if (ours.endBytes >= this.#replacedFromBytes && isTooLong(ours)) await this.#shorten(ours, changed);
      else this.#opened = await append(ours, changed);
    } catch (cause) {
      throw new DriftcastError('STATE_INVALID', `writing the state to ${this.#path}: ${messageOf(cause)}`, {
        cause,
        retryable: true,
      });
    }
  }

  /** null: there is none, or it is of another model. */
  async #open(): Promise<Opened | null> {
    const file = await open(this.#path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (file === null) return null;
    try {
      const scanned = await scanStates(file);
      if (scanned.model === this.#model) return { ...scanned, file };
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return null;
  }

  /** Whether the file is still there, and as long as it was left: nothing was cut off or added. */
  async #isOurs({ file, endBytes }: Opened): Promise<boolean> {
    const [there, own] = await Promise.all([stat(this.#path).catch(() => null), file.stat()]);
    return there !== null && there.ino === own.ino && there.dev === own.dev && own.size === endBytes;
  }

  async #replace(before: Opened | null, changed: ReadonlyMap<string, SeriesState | null>): Promise<void> {
    const snapshot = new StateSnapshot(1, 0, encodeHeader(this.#model));
    await writeDurably(this.#path, snapshot.pieces(linesAfter(before, changed)));
    const places = placed(new Map(), snapshot);
    this.#opened = { file: await open(this.#path, 'r+'), places, snapshots: 1, endBytes: snapshot.endBytes };
    await before?.file.close();
  }

  /** Where there is no room for both files at a time, the one that is there goes on. */
  async #shorten(ours: Opened, changed: ReadonlyMap<string, SeriesState | null>): Promise<void> {
    this.#replacedFromBytes = ours.endBytes + longerBytes;
    const isShort = await this.#replace(ours, changed).then(
      () => true,
      () => false,
    );
    if (isShort) this.#replacedFromBytes = 0;
    else this.#opened = await append(ours, changed);
  }

  #unreadable(cause: unknown): DriftcastError {
    return new DriftcastError('STATE_INVALID', `reading the state from ${this.#path}: ${messageOf(cause)}`, {
      cause,
      hint: 'Move the file away to start from the model’s own calibration.',
    });
  }
}

async function append(opened: Opened, changed: ReadonlyMap<string, SeriesState | null>): Promise<Opened> {
  const { file, snapshots, endBytes } = opened;
  const snapshot = new StateSnapshot(snapshots + 1, endBytes, Buffer.alloc(0));
  try {
    let at = endBytes;
    for await (const piece of snapshot.pieces(linesOf(changed))) {
      await writeWhole(file, piece, at);
      at += piece.length;
    }
    await file.datasync();
  } catch (error) {
    // what cannot be cut off is found at the next write, and the file is replaced
    await file.truncate(endBytes).catch(() => undefined);
    throw error;
  }
  const places = placed(opened.places, snapshot);
  return { file, places, snapshots: snapshots + 1, endBytes: snapshot.endBytes };
}

async function writeWhole(file: FileHandle, piece: Buffer, at: number): Promise<void> {
  for (let done = 0; done < piece.length; )
    done += (await file.write(piece, done, piece.length - done, at + done)).bytesWritten;
}

function* linesOf(changed: ReadonlyMap<string, SeriesState | null>): Generator<SnapshotLine> {
  for (const [series, state] of changed)
    yield { series, isForgotten: state === null, line: encodeEntry(series, state) };
}

/** What counts of the file before, as it stands there, and what has changed. */
async function* linesAfter(
  before: Opened | null,
  changed: ReadonlyMap<string, SeriesState | null>,
): AsyncGenerator<SnapshotLine> {
  for (const [series, place] of before?.places ?? [])
    if (before !== null && !changed.has(series))
      yield { series, isForgotten: false, line: await lineAt(before.file, place) };
  for (const line of linesOf(changed)) if (!line.isForgotten) yield line;
}

async function lineAt(file: FileHandle, { start, bytes }: Place): Promise<Buffer> {
  const line = Buffer.allocUnsafe(bytes);
  const { bytesRead } = await file.read(line, 0, bytes, start);
  if (bytesRead !== bytes) throw new Error('the file has become shorter');
  return line;
}

/** The index with what a snapshot says, which comes last. */
function placed(places: Map<string, Place>, snapshot: StateSnapshot): Map<string, Place> {
  for (const [series, place] of snapshot.places) {
    places.delete(series);
    if (place !== null) places.set(series, place);
  }
  return places;
}

function isTooLong({ places, endBytes }: Opened): boolean {
  let liveBytes = 0;
  for (const { bytes } of places.values()) liveBytes += bytes;
  return endBytes > longerTimes * liveBytes + longerBytes;
}
