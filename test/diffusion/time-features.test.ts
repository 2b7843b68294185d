import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { choosePeriods, timeFeatureCount, writeTimeFeatures } from '../../src/diffusion/time-features.ts';

const hourMs = 3_600_000;

describe('choosePeriods', () => {
  it('takes the periods that were seen three times at eight rows or more each', () => {
    assert.deepEqual(choosePeriods(60_000, 60), []);
    assert.deepEqual(choosePeriods(60_000, 180), [hourMs]);
    assert.deepEqual(choosePeriods(60_000, 3 * 24 * 60), [hourMs, 12 * hourMs, 24 * hourMs]);
    assert.deepEqual(choosePeriods(hourMs, 24 * 7 * 3), [12 * hourMs, 24 * hourMs, 168 * hourMs]);
    assert.deepEqual(choosePeriods(1, 1000), []);
  });
});

describe('writeTimeFeatures', () => {
  it('writes as many numbers as it counts, a zero where there is no period', () => {
    assert.equal(timeFeatureCount([]), 1);
    assert.equal(timeFeatureCount([hourMs, 24 * hourMs]), 4);
    const out = new Float32Array(3).fill(5);
    writeTimeFeatures(123, [], out, 1);
    assert.deepEqual([...out], [5, 0, 5]);
  });

  it('repeats after its period, also before 1970, and is on the circle', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), (timeMs) => {
        const [a, b] = [new Float32Array(2), new Float32Array(2)];
        writeTimeFeatures(timeMs, [24 * hourMs], a, 0);
        writeTimeFeatures(timeMs + 24 * hourMs, [24 * hourMs], b, 0);
        assert.ok(Math.abs(a[0] - b[0]) < 1e-6 && Math.abs(a[1] - b[1]) < 1e-6);
        assert.ok(Math.abs(Math.hypot(a[0], a[1]) - 1) < 1e-6);
      }),
    );
    const six = new Float32Array(2);
    writeTimeFeatures(6 * hourMs, [24 * hourMs], six, 0);
    assert.ok(Math.abs(six[0] - 1) < 1e-6);
  });
});
