import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DriftcastError, messageOf } from '../core/errors.ts';

/** What replay cannot rebuild, of one series, as of its last delivered event: states of the window, score, alert and forecast rooms. */
export interface SeriesState {
  readonly window: unknown;
  readonly score: unknown;
  readonly alert: unknown;
  /** Absent in files of versions without an online layer of the forecast. */
  readonly forecast?: unknown;
}

/** Where snapshots survive the process. */
export interface StateStore {
  /** The last snapshot, by series. Errors: STATE_INVALID. */
  read(): Promise<Map<string, SeriesState>>;
  /** Replaces the snapshot; resolves when it would survive a power cut. Errors: STATE_INVALID. */
  write(states: ReadonlyMap<string, SeriesState>): Promise<void>;
}

interface StateDocument {
  readonly schema_version: 1;
  readonly model: string;
  readonly series: Readonly<Record<string, SeriesState>>;
}

/** Snapshots in one JSON file, replaced atomically. State of another model version does not fit and is not read. */
export class StateFile implements StateStore {
  readonly #path: string;
  readonly #model: string;

  constructor(path: string, model: string) {
    this.#path = path;
    this.#model = model;
  }

  /** Errors: STATE_INVALID where the file is there and cannot be read as a snapshot. */
  async read(): Promise<Map<string, SeriesState>> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw this.#invalid(error);
    }
    try {
      const document = JSON.parse(text) as StateDocument;
      if (document?.schema_version !== 1 || !isObject(document.series))
        throw new Error('not a snapshot of this version');
      if (document.model !== this.#model) return new Map();
      const states = Object.entries(document.series);
      const damaged = states.find(([, state]) => !isSeriesState(state));
      if (damaged !== undefined) throw new Error(`the state of "${damaged[0]}" is damaged`);
      return new Map(states);
    } catch (error) {
      throw this.#invalid(error);
    }
  }

  /** Resolves when the snapshot would survive a power cut. Errors: STATE_INVALID, retryable. */
  async write(states: ReadonlyMap<string, SeriesState>): Promise<void> {
    const document: StateDocument = { schema_version: 1, model: this.#model, series: Object.fromEntries(states) };
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      const file = await open(`${this.#path}.new`, 'w');
      try {
        await file.writeFile(JSON.stringify(document));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${this.#path}.new`, this.#path);
      await syncFolder(dirname(this.#path));
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

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether the parts are there, each an object or null. What is in them, their rooms check. */
const isSeriesState = (state: SeriesState): boolean =>
  isObject(state) &&
  [state.window, state.score, state.alert, state.forecast ?? null].every((part) => part === null || isObject(part));

/** Without it the rename itself could be lost in a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
