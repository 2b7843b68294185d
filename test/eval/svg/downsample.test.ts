import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { maxIndices, minMaxIndices, pick } from '../../../src/eval/svg/downsample.ts';

const series = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -50, max: 50 }) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
  ),
  {
    minLength: 1,
    maxLength: 300,
  },
);

test('short series stay whole', () => {
  assert.deepEqual([...minMaxIndices([3, 1, 2], 2)], [0, 1, 2]);
  assert.deepEqual([...maxIndices([3, 1], 2)], [0, 1]);
});

test('no spike is lost, order is kept, the size is bounded', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 40 }), (values, buckets) => {
      const known = values.filter((value) => !Number.isNaN(value));
      for (const [reduce, sizeMax] of [
        [minMaxIndices, 2 * buckets],
        [maxIndices, buckets],
      ] as const) {
        const kept = reduce(values, buckets);
        assert.ok(kept.length <= sizeMax);
        for (let i = 1; i < kept.length; i++) assert.ok(kept[i] > kept[i - 1]);
        const shown = [...pick(values, kept)].filter((value) => !Number.isNaN(value));
        assert.equal(Math.max(...shown), Math.max(...known));
        if (reduce === minMaxIndices) assert.equal(Math.min(...shown), Math.min(...known));
      }
    }),
  );
});

test('a stretch without values keeps one NaN, so that the line breaks', () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => (i >= 40 && i < 60 ? Number.NaN : i));
  for (const kept of [minMaxIndices(values, 10), maxIndices(values, 10)])
    assert.equal(pick(values, kept).filter(Number.isNaN).length, 2);
});
