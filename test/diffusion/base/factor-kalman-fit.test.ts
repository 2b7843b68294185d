import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { fitFactorKalman } from '../../../src/diffusion/base/factor-kalman-fit.ts';

const stepMs = 6 * 3_600_000;
const channels = 6;

/** One factor of coefficient .9 and variance 1 with loadings 1, and an AR(1) of coefficient .5 and variance .1 a channel. */
function simulate(seed: number, rows: number, missing: number) {
  const rng = createRng(seed);
  const z = new Float32Array(rows * channels);
  const own = new Float64Array(channels);
  let factor = 0;
  for (let t = -50; t < rows; t++) {
    factor = 0.9 * factor + Math.sqrt(0.19) * rng.normal();
    for (let d = 0; d < channels; d++) {
      own[d] = 0.5 * own[d] + Math.sqrt(0.1 * 0.75) * rng.normal();
      if (t >= 0) z[t * channels + d] = rng.uniform() < missing ? Number.NaN : factor + own[d];
    }
  }
  return { z, rows, startMs: 0 };
}

describe('fitFactorKalman', () => {
  it('recovers a factor and what is each channel’s own', () => {
    for (const missing of [0, 0.2]) {
      const model = fitFactorKalman([simulate(1, 6000, missing)], channels, { stepMs, rank: 1, rowsMax: 1e5 });
      assert.ok(Math.abs(model.transition[0] - 0.9) < 0.05, `factor ${model.transition[0]}`);
      for (let d = 0; d < channels; d++) {
        assert.ok(Math.abs(model.loadings[d] - 1 / Math.sqrt(channels)) < 0.03);
        assert.ok(Math.abs(model.ownVariance[d] - 0.1) < 0.04, `own variance ${model.ownVariance[d]}`);
        assert.ok(Math.abs(model.persistence[d] - 0.5) < 0.15, `persistence ${model.persistence[d]}`);
      }
    }
  });

  it('is deterministic', () => {
    const once = () => fitFactorKalman([simulate(2, 500, 0.3)], channels, { stepMs, rank: 2 });
    assert.deepEqual(once(), once());
  });

  it('stands few rows, one channel, constant and unseen channels', () => {
    const z = new Float32Array(600);
    for (let t = 0; t < 200; t++) z.set([Math.sin(t), 3, Number.NaN], t * 3);
    for (const [count, segments] of [
      [3, [{ z, rows: 200, startMs: 0 }]],
      [1, [{ z: z.slice(0, 4), rows: 4, startMs: 0 }]],
      [2, []],
    ] as const) {
      const model = fitFactorKalman(segments, count, { stepMs });
      for (const values of [
        model.loadings,
        model.transition,
        model.noisePrecision,
        model.ownVariance,
        model.persistence,
      ])
        assert.ok(values.every(Number.isFinite));
      assert.ok(model.ownVariance.every((variance) => variance > 0));
    }
  });
});
