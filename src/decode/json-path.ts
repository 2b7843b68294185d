/** Reads one place of a parsed message; undefined where it is absent. */
export type PathReader = (root: unknown) => unknown;

/**
 * A reader of a dotted path ('device.id'; '' is the message itself). A property whose name is the whole rest of the path
 * wins over the descent, so flattened messages ({"device.id": 1}) work too. Only own properties are seen.
 */
export function pathReader(path: string): PathReader {
  if (path === '') return (root) => root;
  const first = path.split('.');
  if (first.length === 1) return (root) => own(root, path);
  return (root) => descend(root, path, first);
}

function descend(root: unknown, path: string, names: readonly string[]): unknown {
  let at = root;
  let rest = path;
  for (const name of names) {
    const flat = own(at, rest);
    if (flat !== undefined) return flat;
    at = own(at, name);
    if (at === undefined) return undefined;
    rest = rest.slice(name.length + 1);
  }
  return at;
}

function own(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return undefined;
  return Object.hasOwn(holder, name) ? (holder as Record<string, unknown>)[name] : undefined;
}
