import type { Clock } from '../core/clock.ts';

/**
 * Points of requests of which nobody knows whether they were carried out: a server that is slow may do it yet, and put what they hold
 * over what is written meanwhile. Such a point, written anew, is written once more when the old request must be dead.
 *
 * A request is taken for dead `lateMs` after it was given up; a server that carries one out later still has the last word.
 */
export class LateWrites {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly #lateMs: number;
  /** When the newest request with the point is dead. Sorted by that, for what is in doubt anew goes to the end. */
  readonly #deadMs = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs' | 'sleep'>, lateMs: number) {
    this.#clock = clock;
    this.#lateMs = lateMs;
  }

  /** Points in doubt: those of the requests of the last `lateMs`. */
  get size(): number {
    return this.#deadMs.size;
  }

  /** A request with these lines was given up just now. */
  doubt(lines: readonly string[]): void {
    const deadMs = this.#clock.monotonicMs() + this.#lateMs;
    for (const point of lines.map(pointOf)) {
      this.#deadMs.delete(point);
      this.#deadMs.set(point, deadMs);
    }
  }

  /** When the last request that holds a point of these lines is dead; null: none is in doubt. */
  deadlineOf(lines: readonly string[]): number | null {
    this.#forgetDead();
    if (this.#deadMs.size === 0) return null;
    const deadlines = lines.map((line) => this.#deadMs.get(pointOf(line)) ?? 0);
    const last = deadlines.reduce((a, b) => Math.max(a, b), 0);
    return last === 0 ? null : last;
  }

  /** Whether a line is of a point in doubt. */
  isInDoubt(line: string): boolean {
    return this.#deadMs.has(pointOf(line));
  }

  async until(deadMs: number, signal: AbortSignal): Promise<void> {
    const leftMs = deadMs - this.#clock.monotonicMs();
    if (leftMs > 0) await this.#clock.sleep(leftMs, signal);
  }

  #forgetDead(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [point, deadMs] of this.#deadMs) {
      if (deadMs > nowMs) return;
      this.#deadMs.delete(point);
    }
  }
}

/** Series and time of a line: what a point is overwritten by. The fields, which may hold anything, are between them. */
export function pointOf(line: string): string {
  let end = line.indexOf(' ');
  while (end > 0 && line[end - 1] === '\\') end = line.indexOf(' ', end + 1);
  return `${line.slice(0, end)} ${line.slice(line.lastIndexOf(' ') + 1)}`;
}
