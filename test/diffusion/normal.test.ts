import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { channelPriors, type GridSeries, normalise, scaleOf } from '../../src/diffusion/normal.ts';

const grid = (values: readonly number[], channels: number, series = 's'): GridSeries => ({
  series,
  startMs: 0,
  rows: values.length / channels,
  values: Float64Array.from(values),
});
const cell = fc.oneof(
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
  { weight: 6, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
);

describe('channelPriors', () => {
  it('are mean, variance, largest magnitude and count of the observed cells', () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 60 }), fc.array(cell, { maxLength: 60 }), (a, b) => {
        const observed = [...a, ...b].filter((v) => !Number.isNaN(v));
        const [prior] = channelPriors([grid(a, 1), grid(b, 1)], 1);
        const mean = observed.reduce((sum, v) => sum + v, 0) / Math.max(1, observed.length);
        const variance = observed.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, observed.length);
        assert.ok(Math.abs(prior.mean - mean) < 1e-6 * (1 + Math.abs(mean)));
        assert.ok(Math.abs(prior.variance - variance) < 1e-6 * (1 + variance));
        assert.equal(
          prior.absMax,
          observed.reduce((m, v) => Math.max(m, Math.abs(v)), 0),
        );
      }),
    );
  });

  it('keep channels apart, and start a normaliser no heavier than it rests at', () => {
    const [a, b] = channelPriors(
      [
        grid(
          Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? 1 : (i / 2) % 7)),
          2,
        ),
      ],
      2,
    );
    assert.equal(a.variance, 0);
    assert.ok(b.variance > 1);
    assert.equal(a.weight, 7214);
    assert.equal(channelPriors([grid([1, 2], 1)], 1)[0].weight, 2);
    assert.equal(channelPriors([grid(Array(1000).fill(1), 1), grid([2], 1)], 1)[0].weight, 200);
  });

  it('stay finite for the largest readings there are: a model with infinity in it could not be loaded', () => {
    const huge = [1e300, -1e300, Number.MAX_VALUE, -Number.MAX_VALUE, 0, 5];
    const [prior] = channelPriors([grid(huge, 1)], 1);
    for (const value of Object.values(prior)) assert.ok(Number.isFinite(value), JSON.stringify(prior));
    const z = normalise(grid(huge, 1), [prior], [0]);
    assert.ok(z.every(Number.isFinite), `${z}`);
  });
});

describe('normalise', () => {
  it('is (x - mean) / scale of the active channels, within 25, NaN where missing', () => {
    const priors = [
      { mean: 10, variance: 4, absMax: 12, weight: 1 },
      { mean: 0, variance: 1, absMax: 1, weight: 1 },
      { mean: -1, variance: 0, absMax: 100, weight: 1 },
    ];
    const z = normalise(grid([12, 5, 1, Number.NaN, 5, 1e9], 3), priors, [0, 2]);
    assert.deepEqual([...z], [1, 1, Number.NaN, 25]);
  });

  it('has a scale that a constant channel cannot make vanish', () => {
    assert.equal(scaleOf({ mean: 0, variance: 0, absMax: 0, weight: 1 }), 1e-9);
    assert.equal(scaleOf({ mean: 50, variance: 0, absMax: 50, weight: 1 }), 1);
    assert.equal(scaleOf({ mean: 50, variance: 9, absMax: 50, weight: 1 }), 3);
  });
});
