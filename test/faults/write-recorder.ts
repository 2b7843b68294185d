import { parseLine } from '../sink/parse-line.ts';
import { addContent, type Fields, pointKey } from '../support/influx.ts';

/** What was written, write by write: a database shows only what the last one left. */
export class WriteRecorder {
  /** Different contents that were written, by point. */
  readonly contents = new Map<string, Fields[]>();
  /** By write: when it came (`performance.now()`), and the newest row among its scores that had not been there before. */
  readonly #progress: { readonly atMs: number; readonly newestMs: number }[] = [];

  /** Takes the body of a write that the server has accepted. */
  add(body: Buffer): void {
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const line of body.toString('utf8').split('\n')) {
      if (line === '') continue;
      const { measurement, tags, fields, time } = parseLine(line);
      const key = pointKey(measurement, Object.fromEntries(tags), Number(time));
      if (measurement === 'driftcast_score' && !this.contents.has(key)) newestMs = Math.max(newestMs, Number(time));
      addContent(this.contents, key, Object.fromEntries(fields));
    }
    if (newestMs > Number.NEGATIVE_INFINITY) this.#progress.push({ atMs: performance.now(), newestMs });
  }

  /** When the first new score of a row later than `eventMs` came after `sinceMs`, or null. */
  progressAfter(sinceMs: number, eventMs: number): number | null {
    return this.#progress.find(({ atMs, newestMs }) => atMs > sinceMs && newestMs > eventMs)?.atMs ?? null;
  }
}
