import type { OverloadStep } from '../core/overload-step.ts';
import type { Window } from '../core/window.ts';

/** A window and what is done for it. */
export interface Asked {
  readonly window: Window;
  /** How many steps of overload are taken, and which. */
  readonly level: number;
  readonly leftOut: readonly OverloadStep[];
  /** The window before, whose rows come with this one. */
  readonly taken?: Window;
  /** It was put off, and comes alone after all. */
  readonly isLate?: true;
}

interface Waiting {
  readonly asked: Asked;
  readonly dueMs: number;
}

/** Beyond the time that the next window takes by its rows. */
const patienceMs = 60_000;

/**
 * The step `longer_stride`: every second window is put off, and its rows come with the next. Which one says its place in event time alone:
 * those at even multiples of the stride stay, which are also those that forecast where not every window does. Nothing is left out for good:
 * one that has no next window in time, or whose series falls silent, comes alone after all. At most one window a live series waits.
 */
export class LongerStride {
  /** Put off longest ago first. */
  readonly #waiting = new Map<string, Waiting>();

  /** What is to be run now that the window is there, in this order; none: it is put off. */
  push(asked: Asked, nowMs: number): Asked[] {
    const { window, leftOut } = asked;
    const [before] = this.release(window.series);
    if (before !== undefined && follows(before.window, window)) return [merged(before, asked)];
    const first = before === undefined ? [] : [before];
    if (!leftOut.includes('longer_stride') || isEven(window)) return [...first, asked];
    const dueMs = nowMs + 2 * window.newRows * window.stepMs + patienceMs;
    this.#waiting.set(window.series, { asked: { ...asked, isLate: true }, dueMs });
    return first;
  }

  /** The window of the series that was put off, if there is one. */
  release(series: string): Asked[] {
    const waiting = this.#waiting.get(series);
    this.#waiting.delete(series);
    return waiting === undefined ? [] : [waiting.asked];
  }

  /** Those that have waited for too long. */
  releaseDue(nowMs: number): Asked[] {
    return [...this.#waiting].filter(([, { dueMs }]) => dueMs <= nowMs).flatMap(([series]) => this.release(series));
  }

  releaseAll(): Asked[] {
    return [...this.#waiting.keys()].flatMap((series) => this.release(series));
  }
}

const isEven = ({ endMs, stepMs, newRows }: Window): boolean => Math.floor((endMs / stepMs + 1) / newRows) % 2 === 0;

const follows = (before: Window, { endMs, stepMs, newRows, hold }: Window): boolean =>
  before.hold.generation === hold.generation && before.endMs + newRows * stepMs === endMs;

function merged(before: Asked, asked: Asked): Asked {
  const { window } = asked;
  const newRows = window.newRows + before.window.newRows;
  // the rows have moved towards the oldest by those that are new since; new ones are told anyway
  const moved = (before.window.patchedRows ?? []).map((row) => row - window.newRows);
  const patched = new Set([...moved, ...(window.patchedRows ?? [])]);
  const patchedRows = [...patched].filter((row) => row >= 0 && row < window.length - newRows).sort((a, b) => a - b);
  const { patchedRows: _, ...rest } = window;
  const more = before.level > asked.level ? before : asked;
  return {
    window: { ...rest, newRows, ...(patchedRows.length === 0 ? {} : { patchedRows }) },
    level: more.level,
    leftOut: more.leftOut,
    taken: before.window,
  };
}
