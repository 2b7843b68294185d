import { createHash } from 'node:crypto';

const keptMax = 40;

/** What happened in a run, in order: a hash of all of it, and the last lines to read. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #last: string[] = [];
  #lines = 0;

  note(line: string): void {
    this.#hash.update(`${line}\n`);
    this.#last.push(line);
    this.#lines++;
    if (this.#last.length > keptMax) this.#last.shift();
  }

  get lines(): number {
    return this.#lines;
  }

  get last(): readonly string[] {
    return this.#last;
  }

  /** Of everything noted so far. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }
}
