import type { DeadLetter, DeadLetterSink } from '../core/dead-letter.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Credits } from './credits.ts';
import type { OffsetLedger } from './offset-ledger.ts';

/**
 * Brings dead letters to their sink one batch after the other. Each takes a credit and holds its offset until it is written,
 * so that a flood of rubbish is slowed down like any other flood, and none is lost in a crash.
 */
export class DeadLetterDesk {
  readonly #sink: DeadLetterSink;
  readonly #credits: Credits;
  readonly #ledger: OffsetLedger;
  readonly #telemetry: Telemetry;
  readonly #onError: (error: unknown) => void;
  #waiting: { readonly letter: DeadLetter; readonly release: () => void }[] = [];
  #withSink = 0;
  #writing: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(parts: {
    sink: DeadLetterSink;
    credits: Credits;
    ledger: OffsetLedger;
    telemetry: Telemetry;
    onError: (error: unknown) => void;
  }) {
    this.#sink = parts.sink;
    this.#credits = parts.credits;
    this.#ledger = parts.ledger;
    this.#telemetry = parts.telemetry;
    this.#onError = parts.onError;
  }

  /** Letters that wait for the sink, or are with it. */
  get size(): number {
    return this.#waiting.length + this.#withSink;
  }

  add(letters: readonly DeadLetter[]): void {
    for (const letter of letters) {
      this.#telemetry.count('dead_letters_total', 1, { reason: letter.reason });
      this.#credits.take(1);
      const release = letter.position === null ? () => {} : this.#ledger.hold(letter.position);
      this.#waiting.push({ letter, release });
    }
    if (letters.length > 0 && this.#failure === null) this.#writing ??= this.#write();
  }

  /** Resolves when everything added so far is written; rejects when the sink has failed. */
  async drained(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // gather what the same message or batch still adds
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#withSink = batch.length;
      try {
        await this.#sink.write(batch.map(({ letter }) => letter));
      } catch (error) {
        this.#writing = null;
        this.#failure = { error };
        this.#onError(error);
        return;
      }
      this.#withSink = 0;
      for (const { release } of batch) release();
      this.#credits.give(batch.length);
    }
    this.#writing = null;
  }
}
