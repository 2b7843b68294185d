import type { Reading } from '../core/reading.ts';
import { partitionKey, type SourceRecord } from '../core/record.ts';
import type { Window, WindowEvent } from '../core/window.ts';

/**
 * Which windows nobody can have had a result of before: those that end after everything that was in their partition when it was taken
 * over. That the message which completes a window is new is not enough: an idle partition may have been flushed before.
 */
export class Freshness {
  readonly #isAsked: boolean;
  /** Newest event time of what was there, by partition. */
  readonly #knownMs = new Map<string, number>();

  /** @param isAsked whether anything may be left out for a window: else nobody wants to know */
  constructor(isAsked: boolean) {
    this.#isAsked = isAsked;
  }

  /** The partition starts again, or is gone: what was there is told anew. */
  forget(at: { readonly topic: string; readonly partition: number }): void {
    this.#knownMs.delete(partitionKey(at));
  }

  /** @param isPlan whether a reading speaks of what is to come: it closes no row */
  seen(
    { mayBeKnown, position }: SourceRecord,
    readings: readonly Reading[],
    isPlan: (reading: Reading) => boolean,
  ): void {
    if (!this.#isAsked || mayBeKnown !== true) return;
    const key = partitionKey(position);
    for (const reading of readings)
      if (!isPlan(reading))
        this.#knownMs.set(key, Math.max(this.#knownMs.get(key) ?? Number.NEGATIVE_INFINITY, reading.timeMs));
  }

  /** The events, with where windows come from: what the infer room has to know of it. */
  told(events: readonly WindowEvent[], arrivedMs: number | null): readonly WindowEvent[] {
    if (!this.#isAsked || events.length === 0) return events;
    return events.map((event) =>
      event.kind === 'window' ? { ...event, origin: { arrivedMs, isFresh: this.isFresh(event.window) } } : event,
    );
  }

  isFresh({ hold, endMs }: Window): boolean {
    return endMs > (this.#knownMs.get(partitionKey(hold)) ?? Number.NEGATIVE_INFINITY);
  }
}
