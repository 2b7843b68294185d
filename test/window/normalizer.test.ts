import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  advanceCell,
  createNormalizer,
  exportNormalizer,
  importNormalizer,
  scaleOf,
  scalesOf,
} from '../../src/window/normalizer.ts';

const prior = (changes = {}) => ({ mean: 0, variance: 1, absMax: 1, weight: 100, ...changes });

describe('normalizer', () => {
  it('follows the recursion of m and q', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { maxLength: 200 }),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        (xs, weight) => {
          const normalizer = createNormalizer([prior({ mean: 3, variance: 2, absMax: 7, weight })]);
          let [w, m, q, top] = [weight, 3, 2 + 9, 7];
          for (const x of xs) {
            advanceCell(normalizer, 0, [x]);
            w = w * 2 ** (-1 / 5000) + 1;
            m += (x - m) / w;
            q += (x * x - q) / w;
            top = Math.max(top, Math.abs(x));
          }
          assert.ok(Math.abs(normalizer.mean[0] - m) < 1e-9);
          assert.ok(Math.abs(normalizer.variance[0] - (q - m * m)) < 1e-8);
          assert.ok(Math.abs(normalizer.weight[0] - w) < 1e-9);
          assert.equal(normalizer.absMax[0], top);
        },
      ),
    );
  });

  it('does not cancel where the offset is large against the spread', () => {
    const normalizer = createNormalizer([prior({ mean: 1e9, variance: 1, absMax: 1e9, weight: 1000 })]);
    for (let i = 0; i < 20_000; i++) advanceCell(normalizer, 0, [1e9 + (i % 2 === 0 ? 1 : -1)]);
    assert.ok(Math.abs(normalizer.variance[0] - 1) < 0.01);
  });

  it('takes the first cell as the mean when nothing is known', () => {
    const normalizer = createNormalizer([prior({ mean: 0, variance: 0, absMax: 0, weight: 0 })]);
    advanceCell(normalizer, 0, [-5]);
    assert.equal(normalizer.mean[0], -5);
    assert.equal(normalizer.variance[0], 0);
    assert.equal(scaleOf(normalizer, 0), 0.1);
  });

  it('halves the weight of the past in 5000 cells', () => {
    const normalizer = createNormalizer([prior({ weight: 1e12 })]);
    for (let i = 0; i < 5000; i++) advanceCell(normalizer, 0, [0]);
    assert.ok(Math.abs(normalizer.weight[0] / 1e12 - 0.5) < 1e-6);
  });

  it('leaves other channels alone', () => {
    const normalizer = createNormalizer([prior(), prior({ mean: 5 })]);
    advanceCell(normalizer, 0, [9]);
    assert.equal(normalizer.mean[1], 5);
    assert.equal(normalizer.weight[1], 100);
  });

  it('has a scale that is positive and finite, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 50 }), (xs) => {
        const normalizer = createNormalizer([prior({ variance: 0, absMax: 0, weight: 0 })]);
        for (const x of xs) advanceCell(normalizer, 0, [x]);
        const scale = scaleOf(normalizer, 0);
        assert.ok(scale > 0 && Number.isFinite(scale), `scale ${scale}`);
        assert.ok(Number.isFinite(normalizer.mean[0]));
      }),
    );
  });

  it('comes back from JSON as it was', () => {
    const normalizer = createNormalizer([prior(), prior({ mean: 1 / 3, variance: 1e-300 })]);
    advanceCell(normalizer, 1, [Number.NaN, 0.1]);
    const again = importNormalizer(JSON.parse(JSON.stringify(exportNormalizer(normalizer))), 2);
    assert.deepEqual(again, normalizer);
    assert.deepEqual([...scalesOf(again)], [scaleOf(normalizer, 0), scaleOf(normalizer, 1)]);
  });

  it('refuses a state of other channels, or a damaged one', () => {
    const state = exportNormalizer(createNormalizer([prior()]));
    const invalid = { code: 'STATE_INVALID' };
    assert.throws(() => importNormalizer(state, 2), invalid);
    assert.throws(() => importNormalizer({ ...state, variance: [-1] }, 1), invalid);
    assert.throws(() => importNormalizer({ ...state, mean: [Number.NaN] }, 1), invalid);
    assert.throws(() => importNormalizer({ ...state, weight: undefined as never }, 1), invalid);
  });
});
