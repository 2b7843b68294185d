import { seriesOf, timeOf } from './shake-feed.ts';

/** Whether a message tells nothing but a plan, see `plannedChannels`. */
const isPlan = (text: string): boolean => text.split(' ')[2] === '-';

/**
 * Where the readings of every row of every series stand in a log: told by the messages alone, so that it can be held against what the
 * pipeline believes.
 */
export class Needs {
  readonly #stepMs: number;
  /** [series][row]: from which offset on the row can be read again as a whole. */
  readonly #rows = new Map<string, { readonly partition: number; readonly rows: Map<number, number> }>();

  constructor(log: readonly (readonly string[])[], stepMs: number) {
    this.#stepMs = stepMs;
    log.forEach((messages, partition) => {
      // of a message that is there twice the second copy will do
      const last = new Map(messages.map((text, offset) => [text, offset]));
      for (const [text, offset] of last) {
        if (!(timeOf(text) > 0) || isPlan(text)) continue;
        const { rows } = this.#of(seriesOf(text), partition);
        const row = Math.floor(timeOf(text) / stepMs);
        rows.set(row, Math.min(offset, rows.get(row) ?? Number.POSITIVE_INFINITY));
      }
    });
  }

  partitionOf(series: string): number {
    return this.#rows.get(series)?.partition ?? -1;
  }

  /** The oldest offset among the `length` rows that end at a time; Infinity where nothing is to be read. */
  ofWindow(series: string, endMs: number, length: number): number {
    const endRow = Math.floor(endMs / this.#stepMs);
    let oldest = Number.POSITIVE_INFINITY;
    for (let row = endRow - length + 1; row <= endRow; row++)
      oldest = Math.min(oldest, this.#rows.get(series)?.rows.get(row) ?? Number.POSITIVE_INFINITY);
    return oldest;
  }

  #of(series: string, partition: number) {
    let found = this.#rows.get(series);
    if (found === undefined) {
      found = { partition, rows: new Map() };
      this.#rows.set(series, found);
    }
    return found;
  }
}
