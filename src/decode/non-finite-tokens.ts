/**
 * JSON as Python writes it: bare NaN becomes null, bare Infinity and -Infinity become strings, everything inside strings
 * stays. null where the text has no such token. One pass, so a hostile text costs no more than its length.
 */
export function quoteNonFinite(text: string): string | null {
  let out = '';
  let copied = 0;
  for (let i = 0; i < text.length; ) {
    const character = text[i];
    if (character === '"') {
      i = endOfString(text, i);
      continue;
    }
    const token = character === 'N' || character === 'I' || character === '-' ? tokenAt(text, i) : null;
    if (token === null) {
      i++;
      continue;
    }
    out += text.slice(copied, i) + (token === 'NaN' ? 'null' : `"${token}"`);
    i += token.length;
    copied = i;
  }
  return copied === 0 ? null : out + text.slice(copied);
}

const tokens = ['NaN', 'Infinity', '-Infinity'] as const;
const tokenAt = (text: string, at: number) => tokens.find((token) => text.startsWith(token, at)) ?? null;

/** The index behind the closing quote of the string that starts at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}
