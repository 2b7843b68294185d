import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { lastObserved } from '../../../src/eval/baselines/last-observed.ts';

const gap = Number.NaN;

test('holds forward, the start takes the first observation, empty channels stay empty', () => {
  const values = Float64Array.of(gap, 7, gap, 2, gap, gap, gap, gap, gap, 4, 9, gap);
  assert.deepEqual([...lastObserved(values, 3)], [2, 7, gap, 2, 7, gap, 2, 7, gap, 4, 9, gap]);
  assert.ok(Number.isNaN(values[0]), 'the input stays as it is');
});

test('every filled value was observed in its own channel', () => {
  const cell = fc.option(fc.integer({ min: 0, max: 99 }), { nil: gap });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), (rows) => {
      const filled = lastObserved(Float64Array.from(rows.flat()), 2);
      for (const [i, value] of filled.entries()) {
        const seen = rows.map((row) => row[i % 2]).filter((known) => !Number.isNaN(known));
        assert.ok(seen.length === 0 ? Number.isNaN(value) : seen.includes(value));
      }
    }),
  );
});
