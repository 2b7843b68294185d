const secretName =
  /pass(word|wd|phrase)|token|authorization|secret|sasl|credential|api[-_]?key|private[-_]?key|cookie/i;
const hidden = '[hidden]';

const depthMax = 6;
const entriesMax = 100;
const charsMax = 2000;

/** Whether a field of this name holds something that no log may show. */
export const isSecretName = (name: string): boolean => secretName.test(name);

/**
 * A copy of log fields that is safe to write: values under secret names are hidden at any depth, credentials inside texts are
 * masked, errors are reduced to name, code, message and hint (a client's error may carry its whole request), and everything
 * is bounded in depth, width and length.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactValue(fields, 0) as Record<string, unknown>;
}

const patterns: readonly (readonly [RegExp, string])[] = [
  // User and password of a URL.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, `$1${hidden}@`],
  // The value of an authorization header, scheme included, up to the end of the line.
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*)[^\r\n]+/gi, `$1${hidden}`],
  // The same without its name; a plain word after "Token" is left alone.
  [/\b(basic|bearer|token)(\s+)(?=\S*[0-9+/=]|\S{16})[A-Za-z0-9+/=_.~-]{6,}/gi, `$1$2${hidden}`],
  [
    /\b((?:[a-z_-]*(?:password|passwd|secret|token|api[-_]?key))["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&;,}]+)/gi,
    `$1${hidden}`,
  ],
];

/** Masks credentials inside a text (in URLs, headers, `password=...` pairs) and cuts it to 2000 characters. */
export function redactText(text: string): string {
  // Masked before it is cut: half a URL would not be recognised. The first cut only bounds the work.
  const clean = patterns.reduce((now, [pattern, mask]) => now.replace(pattern, mask), text.slice(0, 4 * charsMax));
  return clean.length > charsMax ? `${clean.slice(0, charsMax)}...` : clean;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return redactError(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  // Also what ends a cycle.
  if (depth >= depthMax) return '[too deep]';
  if (Array.isArray(value)) {
    const shown = value.slice(0, entriesMax).map((entry) => redactValue(entry, depth + 1));
    return value.length > entriesMax ? [...shown, `[${value.length - entriesMax} more]`] : shown;
  }
  const entries = Object.entries(value).slice(0, entriesMax);
  return Object.fromEntries(
    entries.map(([name, entry]) => [name, isSecretName(name) ? hidden : redactValue(entry, depth + 1)]),
  );
}

function redactError(error: Error): Record<string, unknown> {
  const { code, hint } = error as { code?: unknown; hint?: unknown };
  return {
    name: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof hint === 'string' ? { hint: redactText(hint) } : {}),
  };
}
