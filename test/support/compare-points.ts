import assert from 'node:assert/strict';
import type { Fields, Points } from './influx.ts';

/**
 * Fails unless both hold the same points with the same fields. Numbers may differ by `tolerance` of their size: how many
 * windows share a batch decides the order in which an engine adds.
 */
export function assertSamePoints(got: Points, want: Points, tolerance = 1e-6): void {
  const missing = [...want.keys()].filter((key) => !got.has(key));
  const extra = [...got.keys()].filter((key) => !want.has(key));
  const example = (keys: readonly string[]) => keys.slice(0, 5).join('; ');
  assert.equal(missing.length, 0, `${missing.length} of ${want.size} points are missing: ${example(missing)}`);
  assert.equal(extra.length, 0, `${extra.length} points too many: ${example(extra)}`);
  const different = [...want].flatMap(([key, fields]) => differences(key, got.get(key) ?? {}, fields, tolerance));
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
