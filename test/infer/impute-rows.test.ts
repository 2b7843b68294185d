import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { imputeRows } from '../../src/infer/impute-rows.ts';

const parts = (length: number, newRows: number, delay: number) => {
  const { rows, final } = imputeRows(length, newRows, delay);
  assert.equal(rows.length, final.length);
  return { provisional: [...rows].filter((_, k) => final[k] === 0), final: [...rows].filter((_, k) => final[k] === 1) };
};

describe('imputeRows', () => {
  it('are the newest, provisional, and those a delay behind, final', () => {
    assert.deepEqual(parts(32, 4, 12), { final: [16, 17, 18, 19], provisional: [28, 29, 30, 31] });
    assert.deepEqual(parts(32, 4, 0), { final: [28, 29, 30, 31], provisional: [] });
    assert.deepEqual(parts(32, 4, 2), { final: [26, 27, 28, 29], provisional: [30, 31] });
    assert.deepEqual(parts(16, 16, 12), {
      final: [0, 1, 2, 3],
      provisional: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    });
  });

  it('are ascending, inside the window, each once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 64 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 0, max: 70 }),
        (length, newRows, delay) => {
          const rows = [...imputeRows(length, newRows, delay).rows];
          assert.deepEqual(
            rows,
            [...new Set(rows)].sort((a, b) => a - b),
          );
          assert.ok(rows.every((t) => t >= 0 && t < length));
        },
      ),
    );
  });

  it('over a feed, every row is final once, and provisional at most once before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 40 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 0, max: 24 }),
        (length, stride, delay) => {
          fc.pre(delay + stride <= length);
          const seen = new Map<number, number[]>();
          for (let end = length; end < length + 20 * stride; end += stride) {
            const { rows, final } = imputeRows(length, stride, delay);
            rows.forEach((t, k) => seen.set(end - length + t, [...(seen.get(end - length + t) ?? []), final[k]]));
          }
          for (let row = length; row < length + 18 * stride - delay; row++) {
            const states = seen.get(row) ?? [];
            assert.equal(states.at(-1), 1, `row ${row}: ${states}`);
            assert.equal(states.filter((s) => s === 1).length, 1);
            assert.ok(states.length <= 2);
          }
        },
      ),
    );
  });
});
