import { DriftcastError } from '../core/errors.ts';

/** Metrics of arrays that do not belong together are worse than none: says which two differ, in what. */
export function requireEqualLength(doing: string, lengths: Readonly<Record<string, number>>): void {
  const entries = Object.entries(lengths);
  if (entries.every(([, length]) => length === entries[0]?.[1])) return;
  const told = entries.map(([name, length]) => `${name} ${length}`).join(', ');
  throw new DriftcastError('INTERNAL', `${doing}: arrays of different length (${told})`);
}
