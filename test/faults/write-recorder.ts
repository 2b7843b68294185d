import { parseLine } from '../sink/parse-line.ts';
import { addContent, type Fields, pointKey } from '../support/influx.ts';

/** What was written, write by write: a database shows only what the last one left. */
export class WriteRecorder {
  /** Different contents that were written, by point. */
  readonly contents = new Map<string, Fields[]>();
  /** When scores came that had not been there before; `performance.now()`. */
  readonly #progressMs: number[] = [];

  get scores(): number {
    let count = 0;
    for (const key of this.contents.keys()) if (key.startsWith('driftcast_score ')) count++;
    return count;
  }

  /** Takes the body of a write that the server has accepted. */
  add(body: Buffer): void {
    let progress = false;
    for (const line of body.toString('utf8').split('\n')) {
      if (line === '') continue;
      const { measurement, tags, fields, time } = parseLine(line);
      const key = pointKey(measurement, Object.fromEntries(tags), Number(time));
      progress ||= measurement === 'driftcast_score' && !this.contents.has(key);
      addContent(this.contents, key, Object.fromEntries(fields));
    }
    if (progress) this.#progressMs.push(performance.now());
  }

  /** When the first new score after `sinceMs` came, or null. */
  progressAfter(sinceMs: number): number | null {
    return this.#progressMs.find((ms) => ms > sinceMs) ?? null;
  }
}
