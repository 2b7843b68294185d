const comma = 0x2c;
const space = 0x20;
const equals = 0x3d;
const backslash = 0x5c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Reads one line of line protocol character by character. The first fault stays; after it every call does nothing. */
export class LineCursor {
  readonly #text: string;
  readonly #start: number;
  #at: number;
  #fault: string | null = null;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#start = start;
    this.#at = start;
  }

  /** What is wrong with the line, with the column, or null. */
  get fault(): string | null {
    return this.#fault;
  }

  fail(what: string): void {
    this.#fault ??= `column ${this.#at - this.#start + 1}: ${what}`;
  }

  peek(): string | undefined {
    return this.#text[this.#at];
  }

  atEnd(): boolean {
    const character = this.#text[this.#at];
    return character === undefined || character === '\n' || character === '\r';
  }

  /** Index of the line break at or behind the cursor, or of the end of the text. */
  lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end === -1 ? this.#text.length : end;
  }

  skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }

  take(character: string): boolean {
    if (this.#fault !== null || this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  expect(character: string): void {
    if (!this.take(character)) this.fail(`expected "${character}"`);
  }

  /**
   * Reads up to a comma, a space or the end of the line (a name: up to "=" too), unless escaped; `what` says in the fault
   * what was expected where there is nothing.
   */
  word(kind: 'name' | 'value', what: string): string {
    if (this.#fault !== null) return '';
    const text = this.#text;
    const from = this.#at;
    let at = from;
    let escaped = false;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === comma || code === space || code === lineFeed || code === carriageReturn) break;
      if (code === equals && kind === 'name') break;
      if (code === backslash && isEscapable(text.charCodeAt(at + 1))) {
        escaped = true;
        at++;
      }
    }
    this.#at = at;
    if (at === from) this.fail(`expected ${what}`);
    const word = text.slice(from, at);
    return escaped ? word.replace(/\\([,= ])/g, '$1') : word;
  }

  /** Passes a quoted string, in which quotes and backslashes are escaped and line breaks are not. */
  skipString(): void {
    if (this.#fault !== null) return;
    const from = this.#at;
    for (let i = from + 1; i < this.#text.length; i++) {
      const character = this.#text[i];
      if (character === '\\') i++;
      else if (character === '"') {
        this.#at = i + 1;
        return;
      }
    }
    this.fail('the quoted string does not end');
  }
}

const isEscapable = (code: number) => code === comma || code === equals || code === space;
