/** An independent reader of one line of line protocol, written from its description: what the encoder's tests compare with. */
export interface ParsedLine {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, number | string | boolean>;
  readonly integers: readonly string[];
  readonly time: string;
}

/** Takes characters up to an unescaped one of `stops`; `\` before one of `escapable` makes that character literal. */
function take(
  text: string,
  from: number,
  stops: string,
  escapable: string,
): { readonly value: string; readonly end: number } {
  let value = '';
  let at = from;
  while (at < text.length && !stops.includes(text[at])) {
    const escaped = text[at] === '\\' && at + 1 < text.length && escapable.includes(text[at + 1]);
    value += escaped ? text[at + 1] : text[at];
    at += escaped ? 2 : 1;
  }
  return { value, end: at };
}

function takeValue(text: string, from: number): { value: number | string | boolean; integer: boolean; end: number } {
  if (text[from] === '"') {
    const { value, end } = take(text, from + 1, '"', '"\\');
    if (text[end] !== '"') throw new Error('string without an end');
    return { value, integer: false, end: end + 1 };
  }
  const { value: word, end } = take(text, from, ', ', '');
  if (word === 'true' || word === 'false') return { value: word === 'true', integer: false, end };
  if (/^-?\d+i$/.test(word)) return { value: Number(word.slice(0, -1)), integer: true, end };
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(word)) throw new Error(`not a value: ${word}`);
  return { value: Number(word), integer: false, end };
}

export function parseLine(line: string): ParsedLine {
  if (/[\r\n]/.test(line)) throw new Error('more than one line');
  const { value: measurement, end: afterMeasurement } = take(line, 0, ', ', ', ');
  const tags = new Map<string, string>();
  let at = afterMeasurement;
  while (line[at] === ',') {
    const key = take(line, at + 1, '=', ',= ');
    const value = take(line, key.end + 1, ', ', ',= ');
    if (key.value === '' || value.value === '') throw new Error('empty tag');
    tags.set(key.value, value.value);
    at = value.end;
  }
  const fields = new Map<string, number | string | boolean>();
  const integers: string[] = [];
  do {
    const key = take(line, at + 1, '=', ',= ');
    const { value, integer, end } = takeValue(line, key.end + 1);
    if (key.value === '' || key.end >= line.length) throw new Error('empty field');
    fields.set(key.value, value);
    if (integer) integers.push(key.value);
    at = end;
  } while (line[at] === ',');
  return { measurement, tags, fields, integers, time: line.slice(at + 1) };
}
