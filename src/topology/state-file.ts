import { open, readFile, rename } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DriftcastError, messageOf } from '../core/errors.ts';

/** What replay cannot rebuild, of one series, as of its last delivered event: states of the window, score and alert rooms. */
export interface SeriesState {
  readonly window: unknown;
  readonly score: unknown;
  readonly alert: unknown;
}

interface StateDocument {
  readonly schema_version: 1;
  readonly model: string;
  readonly series: Readonly<Record<string, SeriesState>>;
}

/** Snapshots in one JSON file, replaced atomically. State of another model version does not fit and is not read. */
export class StateFile {
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
      if (document.schema_version !== 1 || typeof document.series !== 'object' || document.series === null) throw new Error('not a snapshot of this version');
      return document.model === this.#model ? new Map(Object.entries(document.series)) : new Map();
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
    } catch (cause) {
      throw new DriftcastError('STATE_INVALID', `writing the state to ${this.#path}: ${messageOf(cause)}`, { cause, retryable: true });
    }
  }

  #invalid(cause: unknown): DriftcastError {
    return new DriftcastError('STATE_INVALID', `reading the state from ${this.#path}: ${messageOf(cause)}`, {
      cause,
      hint: 'Move the file away to start from the model’s own calibration.',
    });
  }
}
