import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { iterateRidgeVar } from '../../../src/cli/evaluate/iterate-ridge-var.ts';
import type { Transform } from '../../../src/core/transform.ts';
import type { Model } from '../../../src/diffusion/model.ts';
import { active, channels, horizon, length, plainModel, planOptions, planWindow } from '../../infer/fixtures.ts';

const { bounds } = planOptions();
const width = active.length;

/** Every active channel is `share` of its value one row before. */
function decaying(share: number, transforms: readonly Transform[] = Array(channels).fill('none')): Model {
  const model = plainModel();
  const coefficients = new Float32Array((3 * width + 1) * width);
  for (let d = 0; d < width; d++) coefficients[d * width + d] = share;
  return { ...model, basis: { ...model.basis, transforms, autoregression: { channels: width, coefficients } } };
}
const ahead = (out: Float64Array, c: number) =>
  Array.from({ length: horizon }, (_, h) => out[h * channels + c] as number);
const near = (got: readonly number[], expected: readonly number[]) => {
  assert.equal(got.length, expected.length);
  got.forEach((value, h) => {
    assert.ok(Math.abs(value - (expected[h] as number)) < 1e-4 * Math.abs(expected[h] as number), `${h}: ${value}`);
  });
};
const powers = (share: number) => Array.from({ length: horizon }, (_, h) => share ** (h + 1));

describe('iterateRidgeVar', () => {
  test('iterates the autoregression in the units of the window; what never varied holds its last value', () => {
    // 110 is one scale of 10 above the location 100
    const window = planWindow((t, c) => (c === 2 ? t : undefined));
    const out = iterateRidgeVar(decaying(0.5), bounds, window);
    assert.equal(out.length, horizon * channels);
    for (const c of active) {
      near(
        ahead(out, c),
        powers(0.5).map((z) => 100 + (window.scale[c] as number) * z),
      );
    }
    assert.deepEqual(ahead(out, 2), Array(horizon).fill(length - 1));
    assert.deepEqual(ahead(out, 4), Array(horizon).fill(110));
  });

  test('missing rows are filled as for the base: a trailing gap holds, a channel without any cell is its location', () => {
    const trailing = planWindow((t, c) => (c === 0 && t >= length - 3 ? Number.NaN : undefined));
    const whole = iterateRidgeVar(decaying(0.5), bounds, planWindow());
    assert.deepEqual(iterateRidgeVar(decaying(0.5), bounds, trailing), whole);
    const silent = planWindow((_, c) => (c === 0 ? Number.NaN : undefined));
    assert.deepEqual(ahead(iterateRidgeVar(decaying(0.5), bounds, silent), 0), Array(horizon).fill(100));
  });

  test('a transformed channel is iterated as it is modelled and bent back', () => {
    const model = decaying(0.5, ['log1p', 'none', 'none', 'none', 'none']);
    const plain = planWindow((_, c) => (c === 0 ? Math.E ** 2 - 1 : undefined));
    const window = {
      ...plain,
      location: plain.location.map((v, c) => (c === 0 ? 1 : v)),
      scale: plain.scale.map(() => 1),
    };
    near(
      ahead(iterateRidgeVar(model, bounds, window), 0),
      powers(0.5).map((z) => Math.exp(1 + z) - 1),
    );
  });

  test('values stay within the bounds of the channel, an exploding model within 25 scales', () => {
    const window = planWindow();
    const out = iterateRidgeVar(decaying(3), bounds, window);
    assert.equal(ahead(out, 0).at(-1), 100 + 25 * (window.scale[0] as number));
    const narrow = bounds.map((own, c) => (c === 0 ? { min: 0, max: 111 } : own));
    assert.deepEqual(ahead(iterateRidgeVar(decaying(3), narrow, window), 0), Array(horizon).fill(111));
    assert.deepEqual(ahead(iterateRidgeVar(decaying(3), narrow, window), 1), ahead(out, 1));
  });
});
