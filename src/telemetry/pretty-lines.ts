const colours: Readonly<Record<string, string>> = {
  debug: '\x1b[2m',
  info: '\x1b[32m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
};
const reset = '\x1b[0m';

/** What every line has; the rest are its fields. */
const common = new Set(['level', 'time', 'pipeline', 'msg']);

export interface Writes {
  write(text: string): unknown;
}

/** Turns the logger's JSON lines into lines for people: `12:30:05 WARN  text  field=value`. */
export function prettyLines(to: Writes, colour: boolean): Writes {
  return {
    write(json) {
      to.write(prettyLine(json, colour));
    },
  };
}

export function prettyLine(json: string, colour: boolean): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const level = String(entry.level);
  const head = `${String(entry.time).slice(11, 19)} ${level.toUpperCase().padEnd(5)}`;
  const fields = Object.entries(entry)
    .filter(([name]) => !common.has(name))
    .map(([name, value]) => `  ${name}=${show(value)}`)
    .join('');
  const text = `${printable(String(entry.msg))}${fields}\n`;
  return colour ? `${colours[level] ?? ''}${head}${reset} ${text}` : `${head} ${text}`;
}

const show = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return printable(/[\s"]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text);
};

/** A message from the outside may not steer the terminal or fake a line. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
