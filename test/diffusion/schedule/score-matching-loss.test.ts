import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scoreMatchingLoss } from '../../../src/diffusion/schedule/score-matching-loss.ts';
import { vpSde } from '../../../src/diffusion/schedule/vp-sde.ts';
import { type Plain, plain, plainOps } from '../plain-ops.ts';

const sde = vpSde();
const c = 0.7; // variance of the data
// x_0 and noise each +-1 standard deviation: the average of these four is the exact expectation of anything quadratic
const x0 = plain(
  [1, 1, -1, -1].map((v) => v * Math.sqrt(c)),
  [4, 1],
);
const noise = plain([1, -1, 1, -1], [4, 1]);
const expected = (slope: number, t: number, weight = sde.weight(t)) =>
  scoreMatchingLoss(plainOps, (x: Plain) => plainOps.mulScalar(x, slope), {
    x0,
    noise,
    alphaBar: sde.alphaBar(t),
    weight,
    cells: 1,
  }).values.reduce((a, b) => a + b, 0) / 4;

describe('scoreMatchingLoss', () => {
  it('is least at the true score, and there what cannot be known', () => {
    for (const t of [0.05, 0.3, 0.9]) {
      const a = sde.alphaBar(t);
      const variance = a * c + 1 - a;
      const best = expected(-1 / variance, t);
      // E |grad log q(x_t | x_0)|^2 - E |grad log q(x_t)|^2
      assert.ok(Math.abs(best - (1 - a) * (1 / (1 - a) - 1 / variance)) < 1e-12);
      for (const factor of [0.5, 0.9, 1.1, 2]) assert.ok(expected(-factor / variance, t) > best);
    }
  });

  it('is explicit score matching plus a constant', () => {
    const t = 0.4;
    const a = sde.alphaBar(t);
    const variance = a * c + 1 - a;
    const explicit = (slope: number) => (1 - a) * (slope + 1 / variance) ** 2 * variance;
    const constants = [-3, -1, 0, 2].map((slope) => expected(slope, t) - explicit(slope));
    for (const k of constants) assert.ok(Math.abs(k - constants[0]) < 1e-12);
  });

  it('with lambda is the error of the predicted noise', () => {
    const t = 0.4;
    const slope = -0.8;
    const std = Math.sqrt(1 - sde.alphaBar(t));
    // epsilon = -std score
    const error =
      [0, 1, 2, 3].reduce((sum, k) => {
        const xt = Math.sqrt(sde.alphaBar(t)) * x0.values[k] + std * noise.values[k];
        return sum + (-std * slope * xt - noise.values[k]) ** 2;
      }, 0) / 4;
    assert.ok(Math.abs(expected(slope, t) - error) < 1e-12);
  });

  it('adds up the cells of each row', () => {
    const two = plain([0.3, -0.2, 1, 2], [2, 2]);
    const loss = scoreMatchingLoss(plainOps, (x: Plain) => plainOps.mulScalar(x, 0), {
      x0: two,
      noise: two,
      alphaBar: 0.5,
      weight: 0.5,
      cells: 2,
    });
    assert.deepEqual(loss.shape, [2, 1]);
    [0.13, 5].forEach((v, k) => assert.ok(Math.abs(loss.values[k] - v) < 1e-12));
  });
});
