/** What the replay source can read. */
const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

const LINES_MAX = 30;

/**
 * What separates the cells of a CSV text: the character that splits its first lines into the same number of cells, the
 * most of them. A comma where none does.
 */
export function detectDelimiter(head: string): Delimiter {
  // The last line may be cut off in the middle.
  const lines = head.split(/\r\n|\n|\r/, LINES_MAX + 1).filter((line) => line.trim() !== '');
  const whole = lines.length > 1 ? lines.slice(0, -1) : lines;
  let best: Delimiter = ',';
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = whole.map((line) => count(line, delimiter));
    const agreeing = counts.filter((cells) => cells === counts[0]).length / Math.max(1, counts.length);
    const score = (counts[0] ?? 0) * agreeing ** 4;
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

/** Occurrences outside of quotes. */
function count(line: string, delimiter: string): number {
  let quoted = false;
  let found = 0;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) found += 1;
  }
  return found;
}
