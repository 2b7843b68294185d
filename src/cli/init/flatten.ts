const DEPTH_MAX = 5;
const COLUMNS_MAX = 2000;

/**
 * Values of a JSON message by dotted path. Lists, and keys that hold dots below the top, have no path and are left
 * out.
 */
export function flatten(value: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (inside: Readonly<Record<string, unknown>>, prefix: string, depth: number): void => {
    for (const [key, part] of Object.entries(inside)) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (found.size >= COLUMNS_MAX || (prefix !== '' && key.includes('.'))) continue;
      if (isObject(part)) {
        if (depth < DEPTH_MAX && !key.includes('.')) walk(part, path, depth + 1);
      } else if (!Array.isArray(part)) found.set(path, cellText(part));
    }
  };
  walk(value, '', 1);
  return found;
}

/** A cell as text that reads as the number which the JSON decoder would take it for. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
