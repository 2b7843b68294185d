import type { Clock } from '../core/clock.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Checkpoint } from './checkpoint.ts';

export interface SnapshotsParts {
  readonly checkpoint: Pick<Checkpoint, 'save'>;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'log'>;
  /** How long a snapshot that cannot be written is tried again. */
  readonly stallMs: number;
  /** It could not be written for so long, or never will be. */
  readonly onError: (error: unknown) => void;
}

/** Takes snapshots, and rides out a disk that is full for a while: until it has room nothing is committed, and a restart replays more. */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  /** Why the last one could not be written, and since when none can be. */
  #failure: { readonly sinceMs: number; readonly detail: string } | null = null;
  #savedMs: number | null = null;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  /** Wall clock of the last one. */
  get savedMs(): number | null {
    return this.#savedMs;
  }

  /** null: the last one was written. */
  get failure(): string | null {
    return this.#failure?.detail ?? null;
  }

  async save(): Promise<void> {
    await this.#parts.checkpoint.save();
    this.#failure = null;
    this.#savedMs = this.#parts.clock.nowMs();
  }

  /** The same in between: what passes is tried again. Never rejects. */
  async saveNow(): Promise<void> {
    try {
      await this.save();
    } catch (error) {
      const { clock, telemetry, stallMs, onError } = this.#parts;
      const passes = error instanceof DriftcastError && error.code === 'STATE_INVALID' && error.retryable;
      const sinceMs = this.#failure?.sinceMs ?? clock.monotonicMs();
      this.#failure = { sinceMs, detail: messageOf(error) };
      if (!passes || clock.monotonicMs() - sinceMs >= stallMs) onError(error);
      else telemetry.log('warn', `${messageOf(error)}; it is tried again, and nothing is committed until then`);
    }
  }
}
