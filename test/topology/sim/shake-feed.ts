import type { Rng } from '../../../src/core/rng.ts';

export interface ShakeOptions {
  /** Readings arrive up to this much later than their time: within the lateness of the pipeline nothing may change. */
  readonly delayMsMax: number;
  /** Share of messages that are there twice. */
  readonly twice: number;
  /** Whether a second copy keeps to its place, next to the first, and so does everything else. */
  readonly inOrder: boolean;
}

/** The same messages as a broker may keep them after another night: in another order, some of them twice. [partition][offset] */
export function shakeFeed(feed: readonly (readonly string[])[], rng: Rng, options: ShakeOptions): string[][] {
  const { delayMsMax, twice, inOrder } = options;
  return feed.map((messages) => {
    let nowMs = Number.NEGATIVE_INFINITY;
    const shaken = messages.flatMap((text) => {
      const timeMs = timeOf(text);
      if (timeMs > nowMs) nowMs = timeMs;
      const copies = rng.uniform() < twice ? 2 : 1;
      return Array.from({ length: copies }, () => ({
        text,
        // rubbish has no time: it keeps to its neighbours
        arrivalMs: (timeMs > 0 ? timeMs : nowMs) + rng.uniform() * delayMsMax,
      }));
    });
    if (!inOrder) shaken.sort((a, b) => a.arrivalMs - b.arrivalMs);
    return shaken.map(({ text }) => text);
  });
}

/** Of a message made by `messageOf`; NaN for rubbish. */
export const timeOf = (text: string): number => Number(text.split(' ')[1]);

/** Of a message made by `messageOf`. */
export const seriesOf = (text: string): string => text.split(' ')[0] ?? '';
