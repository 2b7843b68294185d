import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { fitRidgeVar, iterateVar, varLagMax } from '../../../src/diffusion/base/ridge-var.ts';

const seed = 9;
const channels = 2;

/** x_t = .5 x_{t-1} - .2 y_{t-4} + .1 + noise, y_t = .3 x_{t-2} + .4 y_{t-1} + noise. */
function process(rows: number): { filled: Float32Array; usable: Uint8Array } {
  const rng = createRng(seed);
  const z = new Float32Array(rows * channels);
  const at = (t: number, d: number) => (t < 0 ? 0 : z[t * channels + d]);
  for (let t = 0; t < rows; t++) {
    z[t * channels] = 0.5 * at(t - 1, 0) - 0.2 * at(t - 4, 1) + 0.1 + 0.2 * rng.normal();
    z[t * channels + 1] = 0.3 * at(t - 2, 0) + 0.4 * at(t - 1, 1) + 0.2 * rng.normal();
  }
  return { filled: z, usable: new Uint8Array(rows).fill(1) };
}

/** [lag 1, lag 2, lag 4, constant] x [x, y] as the rows of the coefficients stand. */
const truth = [0.5, 0, 0, 0.4, 0, 0.3, 0, 0, 0, 0, -0.2, 0, 0.1, 0];

describe(`RidgeVar (seed ${seed})`, () => {
  const segment = process(20_000);
  const model = fitRidgeVar([segment], channels, 1e6);

  it('recovers a vector autoregression', () => {
    truth.forEach((want, i) =>
      assert.ok(Math.abs(model.coefficients[i] - want) < 0.04, `${i}: ${model.coefficients[i]}, expected ${want}`),
    );
  });

  it('learns as much from several stretches, and does not look across their seams', () => {
    const cut = (from: number, to: number) => ({
      filled: segment.filled.slice(from * channels, to * channels),
      usable: segment.usable.slice(from, to),
    });
    const parts = fitRidgeVar([cut(0, 7000), cut(7000, 7003), cut(7003, 20_000)], channels, 1e6);
    truth.forEach((want, i) => assert.ok(Math.abs(parts.coefficients[i] - want) < 0.04));
  });

  it('takes rows that are not usable for no target, and at most as many rows as asked', () => {
    const spoilt = { filled: segment.filled.slice(), usable: segment.usable.slice() };
    for (let t = 100; t < 20_000; t += 10) {
      spoilt.filled[t * channels] = 25;
      spoilt.usable.fill(0, t, t + varLagMax + 1);
    }
    truth.forEach((want, i) => assert.ok(Math.abs(fitRidgeVar([spoilt], channels, 1e6).coefficients[i] - want) < 0.06));
    truth.forEach((want, i) =>
      assert.ok(Math.abs(fitRidgeVar([segment], channels, 4000).coefficients[i] - want) < 0.08),
    );
  });

  it('of nothing predicts nothing', () => {
    assert.ok(fitRidgeVar([], channels, 100).coefficients.every((c) => c === 0));
  });

  it('iterates row by row: what it predicted is what it predicts the next row from', () => {
    const length = 12;
    const from = 8;
    const filled = segment.filled.slice(0, length * channels);
    const known = new Uint8Array(length * channels).fill(1).fill(0, from * channels);
    const want = Array.from(filled);
    for (let t = from; t < length; t++) {
      for (const d of [0, 1]) {
        let sum = model.coefficients[6 * channels + d];
        [1, 2, 4].forEach((lag, k) => {
          for (const e of [0, 1])
            sum += model.coefficients[(k * channels + e) * channels + d] * want[(t - lag) * channels + e];
        });
        want[t * channels + d] = Math.fround(sum);
      }
    }
    iterateVar(model, filled, known, from, length);
    filled.forEach((v, i) => assert.ok(Math.abs(v - want[i]) < 1e-6, `${i}`));
  });

  it('keeps known cells and uses them', () => {
    const length = 12;
    const known = new Uint8Array(length * channels).fill(1);
    for (let t = 8; t < length; t++) known[t * channels] = 0; // x is masked, y known
    const filled = segment.filled.slice(0, length * channels);
    iterateVar(model, filled, known, 8, length);
    for (let t = 0; t < length; t++) assert.equal(filled[t * channels + 1], segment.filled[t * channels + 1]);
    const moved = segment.filled.slice(0, length * channels);
    moved[7 * channels + 1] += 1;
    iterateVar(model, moved, known, 8, length);
    assert.ok(Math.abs(moved[11 * channels] - filled[11 * channels] + 0.2) < 0.05, 'four rows later x moves by -.2');
  });

  it('stays bounded with a model that explodes, and with less history than its lags', () => {
    const exploding = { channels: 1, coefficients: Float32Array.of(3, 0, 0, 1) };
    const filled = new Float32Array(40).fill(2);
    iterateVar(exploding, filled, new Uint8Array(40), 0, 40);
    assert.ok(filled.every((v) => Math.abs(v) <= 25));
    assert.deepEqual([...filled.subarray(0, varLagMax)], [2, 2, 2, 2]);
  });
});
