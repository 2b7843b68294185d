const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const infinite = /^[+-]?inf(?:inity)?$/i;
const missingWord = /^(?:nan|null|na)?$/i;
const textCharsMax = 64;

/**
 * The number a cell of a message stands for: numbers as they are, booleans as 0 and 1, numeric strings ('12.5', ' 1e3 ') as
 * numbers. NaN for everything else, missing cells included; strings like 'inf' give an infinity.
 */
export function cellNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' || value.length > textCharsMax) return NaN;
  const text = value.trim();
  if (decimal.test(text)) return Number(text);
  return infinite.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : NaN;
}

/** Whether a cell says "no value": absent, null, NaN, or one of the strings '', 'NaN', 'null', 'NA' in any case. */
export function isMissing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'number') return Number.isNaN(value);
  return typeof value === 'string' && value.length <= textCharsMax && missingWord.test(value.trim());
}
