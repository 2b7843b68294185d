import { type FileHandle, open } from 'node:fs/promises';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { isSeriesState, type SeriesState } from '../core/series-state.ts';
import { writeDurably } from '../core/write-durably.ts';

/** Where snapshots survive the process. */
export interface StateStore {
  /** The last snapshot, by series. Errors: STATE_INVALID. */
  read(): Promise<Map<string, SeriesState>>;
  /** Replaces the snapshot; resolves when it would survive a power cut. Errors: STATE_INVALID. */
  write(states: ReadonlyMap<string, SeriesState>): Promise<void>;
}

interface Header {
  readonly schema_version: 2;
  readonly model: string;
  readonly series: number;
}

/**
 * Snapshots in one file, replaced atomically: a line that says what it is, then a line a series, `["name", state]`. In lines, for all
 * of it together can be longer than a string may be. State of another model version does not fit and is not read.
 */
export class StateFile implements StateStore {
  readonly #path: string;
  readonly #model: string;

  constructor(path: string, model: string) {
    this.#path = path;
    this.#model = model;
  }

  /** Errors: STATE_INVALID where the file is there and cannot be read as a snapshot. */
  async read(): Promise<Map<string, SeriesState>> {
    let file: FileHandle;
    try {
      file = await open(this.#path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw this.#invalid(error);
    }
    try {
      const states = new Map<string, SeriesState>();
      let header: Header | null = null;
      for await (const line of file.readLines()) {
        if (header === null) {
          header = headerOf(line);
          if (header.model !== this.#model) return new Map();
        } else states.set(...entryOf(line));
      }
      if (header === null || states.size !== header.series)
        throw new Error(`${states.size} series where there should be ${header?.series ?? 'some'}`);
      return states;
    } catch (error) {
      throw this.#invalid(error);
    } finally {
      await file.close();
    }
  }

  /** Resolves when the snapshot would survive a power cut. Errors: STATE_INVALID, retryable. */
  async write(states: ReadonlyMap<string, SeriesState>): Promise<void> {
    const header: Header = { schema_version: 2, model: this.#model, series: states.size };
    function* lines(): Generator<string> {
      let piece = `${JSON.stringify(header)}\n`;
      for (const entry of states) {
        piece += `${JSON.stringify(entry)}\n`;
        if (piece.length < pieceChars) continue;
        yield piece;
        piece = '';
      }
      yield piece;
    }
    try {
      await writeDurably(this.#path, lines());
    } catch (cause) {
      throw new DriftcastError('STATE_INVALID', `writing the state to ${this.#path}: ${messageOf(cause)}`, {
        cause,
        retryable: true,
      });
    }
  }

  #invalid(cause: unknown): DriftcastError {
    return new DriftcastError('STATE_INVALID', `reading the state from ${this.#path}: ${messageOf(cause)}`, {
      cause,
      hint: 'Move the file away to start from the model’s own calibration.',
    });
  }
}

/** Between two pieces the process does what else is due. */
const pieceChars = 250_000;

function headerOf(line: string): Header {
  const header = JSON.parse(line) as Header;
  if (header?.schema_version !== 2 || typeof header.model !== 'string' || !Number.isInteger(header.series))
    throw new Error('not a snapshot of this version');
  return header;
}

function entryOf(line: string): [string, SeriesState] {
  const entry = JSON.parse(line) as [string, SeriesState];
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || !isSeriesState(entry[1]))
    throw new Error(`the state of ${JSON.stringify(Array.isArray(entry) ? entry[0] : null)} is damaged`);
  return entry;
}
