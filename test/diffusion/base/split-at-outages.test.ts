import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { splitAtOutages } from '../../../src/diffusion/base/split-at-outages.ts';

const stepMs = 1000;
const startMs = 60_000;
const channels = 2;

/** One row a sign: `#` has a value in one of two channels, `.` in none. The value is the row. */
function stretchOf(rows: string) {
  const z = new Float32Array(rows.length * channels).fill(Number.NaN);
  [...rows].forEach((sign, t) => {
    if (sign === '#') z[t * channels + (t % channels)] = t;
  });
  return { z, rows: rows.length, startMs };
}

const partsOf = (rows: string, rowsMin: number): string[] =>
  splitAtOutages([stretchOf(rows)], channels, stepMs, rowsMin).map((part) => {
    const from = (part.startMs - startMs) / stepMs;
    assert.equal(part.z.length, part.rows * channels);
    return `${from}-${from + part.rows}`;
  });

describe('splitAtOutages', () => {
  it('cuts where that many rows in a row are empty, not where fewer are', () => {
    assert.deepEqual(partsOf('##...#.#', 3), ['0-2', '5-8']);
    assert.deepEqual(partsOf('##...#.#', 4), ['0-8']);
    assert.deepEqual(partsOf('##...#.#', 1), ['0-2', '5-6', '7-8']);
  });

  it('leaves out empty rows at both ends, and what is empty altogether', () => {
    assert.deepEqual(partsOf('..#.#...', 5), ['2-5']);
    assert.deepEqual(partsOf('......', 2), []);
    assert.deepEqual(partsOf('', 2), []);
  });

  it('takes every stretch by itself, in their order', () => {
    const parts = splitAtOutages([stretchOf('#.'), stretchOf('.#')], channels, stepMs, 3);
    assert.deepEqual(
      parts.map((part) => [part.startMs, part.rows]),
      [
        [startMs, 1],
        [startMs + stepMs, 1],
      ],
    );
  });

  it('keeps every value at its time, and no run of empty rows that is long enough', () => {
    const signs = fc.array(fc.constantFrom('#', '.', '.'), { maxLength: 60 }).map((all) => all.join(''));
    fc.assert(
      fc.property(signs, fc.integer({ min: 1, max: 6 }), (rows, rowsMin) => {
        const kept: number[] = [];
        for (const { z, rows: count, startMs: partMs } of splitAtOutages(
          [stretchOf(rows)],
          channels,
          stepMs,
          rowsMin,
        )) {
          const from = (partMs - startMs) / stepMs;
          let empty = 0;
          for (let t = 0; t < count; t++) {
            const values = [...z.subarray(t * channels, (t + 1) * channels)].filter((value) => !Number.isNaN(value));
            empty = values.length === 0 ? empty + 1 : 0;
            assert.ok(empty < rowsMin);
            if (t === 0 || t === count - 1) assert.equal(values.length, 1);
            for (const value of values) {
              assert.equal(value, from + t);
              kept.push(value);
            }
          }
        }
        assert.deepEqual(
          kept,
          [...rows].flatMap((sign, t) => (sign === '#' ? [t] : [])),
        );
      }),
    );
  });
});
