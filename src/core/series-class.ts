/** A class of series (a kind of device, a site, a regime) by the names it goes by. */
export interface SeriesClass {
  readonly name: string;
  /** Names of series; `*` stands for any characters. */
  readonly series: readonly string[];
}

/** Index of the first class that a series belongs to; -1: none. */
export const classOf = (classes: readonly SeriesClass[], series: string): number =>
  classes.findIndex(({ series: patterns }) => patterns.some((pattern) => matches(pattern, series)));

/** Without a regular expression: a pattern cannot make the match slow. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const [first, ...rest] = parts as [string, ...string[]];
  if (rest.length === 0) return name === pattern;
  const last = rest.pop() as string;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
