import type { Limits } from '../core/limits.ts';
import { Fault, preview } from './fault.ts';

/** Control characters, halves of surrogate pairs and line separators: none of them survives every sink. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Checks the names of series: a string or a number, trimmed, 1 to `seriesNameCharsMax` characters, no control characters.
 * Names seen are remembered (at most `seriesMax` of them), which saves the checks and shares one string a series.
 */
export function createSeriesNames(
  limits: Pick<Limits, 'seriesMax' | 'seriesNameCharsMax'>,
): (value: unknown) => string | Fault {
  const seen = new Map<string, string>();
  return (value) => {
    if (value === undefined || value === null) return new Fault('series_missing', 'no series name where it should be');
    const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
    if (typeof text !== 'string')
      return new Fault('series_invalid', `expected a string or a number, got ${preview(value)}`);
    const known = seen.get(text);
    if (known !== undefined) return known;
    const name = checked(text.trim(), limits.seriesNameCharsMax);
    if (name instanceof Fault) return name;
    if (seen.size >= limits.seriesMax) seen.clear();
    // A part of a larger string keeps all of it alive: the copy does not.
    const copy = Buffer.from(name).toString();
    if (copy === text) seen.set(copy, copy);
    return copy;
  };
}

function checked(name: string, charsMax: number): string | Fault {
  if (name === '') return new Fault('series_invalid', 'the series name is empty');
  if (name.length > charsMax) {
    return new Fault(
      'series_invalid',
      `${preview(name)} has ${name.length} characters, limits.series_name_chars_max is ${charsMax}`,
    );
  }
  return unprintable.test(name) ? new Fault('series_invalid', `${preview(name)} holds control characters`) : name;
}
