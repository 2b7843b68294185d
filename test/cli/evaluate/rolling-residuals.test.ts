import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RollingResiduals } from '../../../src/cli/evaluate/rolling-residuals.ts';

const levels = [0.05, 0.5, 0.95];
const shape = { horizon: 2, channels: 1 };

/** Quantiles at every second row of a forecast of zeros. */
function run(values: Float64Array, rows: number): Float64Array[] {
  const rolling = new RollingResiduals(levels, shape);
  const made: Float64Array[] = [];
  for (let row = 0; row < rows; row += 2) made.push(rolling.quantiles(row, new Float64Array(2), values));
  return made;
}

describe('RollingResiduals', () => {
  test('is the point alone until five errors are known', () => {
    const made = run(new Float64Array(200).fill(7), 54);
    // the forecast after row 2k is resolved by the one after row 2k + 2: the fifth when the one after row 10 is made
    for (const quantiles of made.slice(0, 5)) assert.deepEqual([...quantiles], [0, 0, 0, 0, 0, 0]);
    for (const quantiles of made.slice(5)) assert.deepEqual([...quantiles], [7, 7, 7, 7, 7, 7]);
  });

  test('adds the quantiles of its own errors, a step ahead each', () => {
    // one step ahead the errors are 1 .. 25, two steps ahead they are 100
    const values = Float64Array.from({ length: 60 }, (_, row) => (row % 2 === 1 ? (row + 1) / 2 : 100));
    const last = run(values, 52).at(-1) as Float64Array;
    assert.equal(last[1], 13); // the median of 1 .. 25
    assert.ok((last[0] as number) >= 1 && (last[0] as number) < 3);
    assert.ok((last[2] as number) > 23 && (last[2] as number) <= 25);
    assert.deepEqual([...last.subarray(3)], [100, 100, 100]);
  });

  test('nothing that is observed after an origin changes what is said there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 120 }),
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 130, maxLength: 130 }),
        (known, drawn) => {
          const values = Float64Array.from(drawn);
          const blind = values.map((value, row) => (row <= known ? value : Number.NaN));
          const upTo = 2 * Math.floor(known / 2) + 1;
          assert.deepEqual(run(blind, upTo), run(values, upTo));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('forgets old errors', () => {
    const values = Float64Array.from({ length: 1200 }, (_, row) => (row < 500 ? -5 : 3));
    assert.deepEqual([...(run(values, 1198).at(-1) as Float64Array)], [3, 3, 3, 3, 3, 3]);
  });
});
