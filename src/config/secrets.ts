const SECRET_KEY = /pass(word|wd|phrase)?|pwd|secret|token|sasl|credential|api_?key|private_?key|authorization|cookie/i;
const SHOWN_CHARS_MAX = 60;

/** Whether a value under this key must never be printed. */
export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** Whether any part of a path names a secret: everything under `sasl` is one. */
export const isSecretPath = (path: readonly (string | number)[]): boolean =>
  path.some((key) => typeof key === 'string' && isSecretKey(key));

const SECRET_WORDS =
  /(^|[_-])(pass(word|wd|phrase)?|pwd|secret|token|api[_-]?key|private[_-]?key|credentials?|authorization|cookie)$/i;
const WHERE_SECRETS_STAND: ReadonlySet<unknown> = new Set(['source', 'sinks', 'dead_letter', 'dashboard']);

/** Whether what stands at this path is a secret itself: a password, token or header; not a user name, nor a file's path. */
export const holdsSecret = (path: readonly (string | number)[]): boolean =>
  WHERE_SECRETS_STAND.has(path[0]) && SECRET_WORDS.test(String(path.at(-1)));

const REFERENCES = /^([\w.-]+[ :])?(\$\{([A-Za-z_][A-Za-z0-9_]*(:-)?|file:[^}]+)\})+$/;

/**
 * Whether a value as it is written names where the secret is instead of telling it; empty is none. In front may stand the scheme
 * of a header (`Bearer ${TOKEN}`) or the user of a token (`driftcast:${INFLUX_PASSWORD}`).
 */
export const namesItsSource = (written: string): boolean => written === '' || REFERENCES.test(written);

/** Takes credentials out of text that people will read: user and password of URLs, and `password=...` pairs. */
export function redact(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, '$1***@')
    .replace(/\b([a-z_-]*(?:password|passwd|pwd|secret|token|api_?key)[a-z_-]*\s*=\s*)[^\s&;,]+/gi, '$1***');
}

/** A value of the config as an error may show it: short, and hidden where its path says so. */
export function showValue(value: unknown, path: readonly (string | number)[]): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (isSecretPath(path)) return `a hidden ${typeof value}`;
  if (typeof value !== 'string') return String(value);
  const clean = redact(value);
  return JSON.stringify(clean.length > SHOWN_CHARS_MAX ? `${clean.slice(0, SHOWN_CHARS_MAX)}...` : clean);
}
