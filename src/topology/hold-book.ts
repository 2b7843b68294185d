import type { Hold } from '../core/window.ts';

/** What is in flight, by its hold: how to give it back. */
export class HoldBook {
  readonly #releases = new Map<Hold, () => void>();

  put(hold: Hold, release: () => void): void {
    this.#releases.set(hold, release);
  }

  /** Takes the holds out of the book; what is returned gives all of them back. */
  take(holds: readonly Hold[]): () => void {
    const releases = holds.map((hold) => {
      const release = this.#releases.get(hold);
      this.#releases.delete(hold);
      return release;
    });
    return () => {
      for (const release of releases) release?.();
    };
  }
}
