import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advanceOut, nothingOut } from '../../src/score/out-since.ts';

/** Since when one channel is out after each of these blames, a row every 10 ms; null: it is not. */
function sinceAfter(...blames: readonly number[]): (number | null)[] {
  const out = nothingOut(1);
  return blames.map((blame, row) => {
    advanceOut(out, Float64Array.of(blame), 10 * row);
    return Number.isNaN(out.sinceMs[0]) ? null : out.sinceMs[0];
  });
}

describe('advanceOut', () => {
  it('remembers the first row that is out', () => {
    assert.deepEqual(sinceAfter(1, 5, 9, 4), [null, 10, 10, 10]);
  });

  it('forgives two rows, and a third ends it', () => {
    assert.deepEqual(sinceAfter(5, 1, 1, 5, 1, 1, 1, 5), [0, 0, 0, 0, 0, 0, null, 70]);
  });

  it('takes a row of which nothing is known for neither', () => {
    const unknown = Number.NaN;
    assert.deepEqual(sinceAfter(unknown, 5, 1, 1, unknown, unknown, 5), [null, 10, 10, 10, 10, 10, 10]);
  });
});
