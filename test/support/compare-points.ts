import assert from 'node:assert/strict';
import type { Fields, Points } from './influx.ts';

/** What two sets of points disagree on; a line each. */
export interface Disagreement {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly different: readonly string[];
}

/** Numbers may differ by this much of their size: how many windows share a batch decides the order in which an engine adds. */
const toleranceOfBatches = 1e-6;

export function comparePoints(got: Points, want: Points, tolerance = toleranceOfBatches): Disagreement {
  return {
    missing: [...want.keys()].filter((key) => !got.has(key)),
    extra: [...got.keys()].filter((key) => !want.has(key)),
    different: [...want].flatMap(([key, fields]) =>
      got.has(key) ? differences(key, got.get(key) ?? {}, fields, tolerance) : [],
    ),
  };
}

/** Whether two contents of a point say the same. */
export const sameFields = (got: Fields, want: Fields, tolerance = toleranceOfBatches): boolean =>
  differences('', got, want, tolerance).length === 0;

/** Fails unless both hold the same points with the same fields. */
export function assertSamePoints(got: Points, want: Points, tolerance = toleranceOfBatches): void {
  const { missing, extra, different } = comparePoints(got, want, tolerance);
  const example = (lines: readonly string[]) => lines.slice(0, 5).join('; ');
  assert.equal(missing.length, 0, `${missing.length} of ${want.size} points are missing: ${example(missing)}`);
  assert.equal(extra.length, 0, `${extra.length} points too many: ${example(extra)}`);
  assert.equal(different.length, 0, `${different.length} fields differ: ${example(different)}`);
}

function differences(key: string, got: Fields, want: Fields, tolerance: number): string[] {
  return [...new Set([...Object.keys(got), ...Object.keys(want)])].flatMap((name) => {
    const [a, b] = [got[name], want[name]];
    if (
      a === b ||
      (typeof a === 'number' &&
        typeof b === 'number' &&
        Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)))
    )
      return [];
    return [`${key} ${name}: ${String(a)}, expected ${String(b)}`];
  });
}
