import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import {
  fitGapResiduals,
  rowsSince,
  rowsToNearest,
  writeGapQuantiles,
} from '../../../src/eval/baselines/gap-residuals.ts';
import { lastObserved } from '../../../src/eval/baselines/last-observed.ts';

const gap = Number.NaN;
const method = { fill: lastObserved, distance: rowsSince };
const of = (fit: ReturnType<typeof fitGapResiduals>, point: number, channel: number, distance: number) => {
  const out = new Float64Array(fit.levels.length);
  writeGapQuantiles(out, point, channel, distance, fit);
  return [...out];
};

describe('distances', () => {
  test('rows since the last observation, and to the nearest, a channel each', () => {
    const values = Float64Array.from([gap, 1, gap, gap, 5, gap, gap, gap, gap, 9, gap, gap]);
    //                                channel 0: . . 5 . . .   channel 1: 1 . . . 9 .
    const channel = (of: Int32Array, c: number) => [...of].filter((_, i) => i % 2 === c);
    assert.deepEqual(channel(rowsSince(values, 2), 0), [2, 1, 0, 1, 2, 3]);
    assert.deepEqual(channel(rowsSince(values, 2), 1), [0, 1, 2, 3, 0, 1]);
    assert.deepEqual(channel(rowsToNearest(values, 2), 1), [0, 1, 2, 1, 0, 1]);
  });

  test('a channel without any observation is as far as can be; what is known is at 0', () => {
    assert.deepEqual([...rowsToNearest(Float64Array.from([gap, gap, gap]), 1)], [3, 3, 3]);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (known) => {
        const values = Float64Array.from(known, (k) => (k ? 1 : gap));
        rowsToNearest(values, 1).forEach((rows, i) => {
          assert.equal(rows === 0, known[i]);
          assert.ok(rows <= (rowsSince(values, 1)[i] as number));
        });
      }),
    );
  });
});

describe('fitGapResiduals', () => {
  test('the quantiles of the errors of a channel and distance, by hand', () => {
    // a ramp: one row after the last observation the error of "last observed" is 1, two rows after it is 2
    const values = Float64Array.from({ length: 400 }, (_, i) => i);
    const single = Uint8Array.from(values, (_, i) => (i % 10 === 5 ? 1 : 0));
    const double = Uint8Array.from(values, (_, i) => (i % 10 === 5 || i % 10 === 6 ? 1 : 0));
    const fit = fitGapResiduals(values, 1, [single, double], method, [0.05, 0.5, 0.95]);
    assert.deepEqual(of(fit, 100, 0, 1), [101, 101, 101]);
    assert.deepEqual(of(fit, 100, 0, 2), [102, 102, 102]);
    // at a distance that was never hidden the errors of all distances count: 80 of size 1, 40 of size 2
    assert.deepEqual(of(fit, 100, 0, 12), [101, 101, 102]);
  });

  test('covers what it says on errors of any law: 90 % within the Monte-Carlo error', () => {
    const rng = createRng(3);
    const rows = 8000;
    const draw = () => Math.exp(rng.normal()); // skewed
    const noise = Float64Array.from({ length: rows }, draw);
    const mask = Uint8Array.from(noise, () => (rng.uniform() < 0.3 ? 1 : 0));
    const zero = { fill: (v: Float64Array) => v.map(() => 0), distance: rowsToNearest };
    const fit = fitGapResiduals(noise, 1, [mask], zero, [0.05, 0.95]);
    const [low, high] = of(fit, 0, 0, 1) as [number, number];
    const fresh = Array.from({ length: 4000 }, draw);
    const inside = fresh.filter((v) => v >= low && v <= high).length / fresh.length;
    const fitted = mask.reduce((n, m) => n + m, 0) / 2; // at least half of the hidden cells are alone
    const error = 4 * Math.sqrt(0.9 * 0.1 * (1 / fresh.length + 1 / fitted));
    assert.ok(Math.abs(inside - 0.9) < error, `${inside}, expected 0.9 within ${error}`);
  });

  test('nothing hidden, or nothing known: the point alone', () => {
    const values = Float64Array.from([1, 2, gap, 4]);
    const none = fitGapResiduals(values, 1, [new Uint8Array(4)], method, [0.1, 0.9]);
    assert.deepEqual(of(none, 7, 0, 1), [7, 7]);
    const unknown = fitGapResiduals(values, 1, [Uint8Array.of(0, 0, 1, 0)], method, [0.1, 0.9]);
    assert.deepEqual(of(unknown, 7, 0, 1), [7, 7]);
  });
});
