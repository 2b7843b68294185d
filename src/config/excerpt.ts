import { nearest } from './nearest.ts';
import type { ConfigProblem } from './problem.ts';
import { isSecretKey, redact } from './secrets.ts';

const LINE_CHARS_MAX = 120;
const KEY = /(?:^|[\s{,[-])["']?([A-Za-z0-9_-]+)["']?\s*:(?=\s|$)/g;

/**
 * The line of a problem with its number and a caret below, ready to print; null where it stands nowhere. What follows a
 * key that names a secret, or was likely meant to, is masked; so is that of a misspelt one.
 */
export function excerpt(text: string, problem: ConfigProblem): string | null {
  if (problem.line === null) return null;
  const line = text.split(/\r\n|\n|\r/, problem.line)[problem.line - 1];
  if (line === undefined) return null;
  const column = problem.column ?? 1;
  const shown = mask(line, problem);
  const gutter = `${problem.line} | `;
  const cut = shown.length > LINE_CHARS_MAX ? `${shown.slice(0, LINE_CHARS_MAX)}...` : shown;
  const caret = column <= cut.length + 1 ? `\n${' '.repeat(gutter.length + column - 1)}^` : '';
  return `${gutter}${cut.replaceAll('\t', ' ')}${caret}`;
}

const SECRET_WORDS = ['password', 'token', 'secret', 'sasl', 'api_key', 'credentials'];

/** A misspelt secret is one too. */
const mayBeSecret = (key: string): boolean => isSecretKey(key) || nearest(key, SECRET_WORDS) !== null;

function mask(line: string, problem: ConfigProblem): string {
  for (const match of line.matchAll(KEY)) {
    const end = match.index + match[0].length;
    if (mayBeSecret(match[1]) && line.slice(end).trim() !== '') return `${line.slice(0, end)} ***`;
  }
  return problem.path.split('.').some(mayBeSecret) && !line.includes(':') ? '***' : redact(line);
}
