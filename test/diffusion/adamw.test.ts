import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AdamW, cloneWeights } from '../../src/diffusion/adamw.ts';
import type { Weight } from '../../src/diffusion/model.ts';

const weights = () =>
  new Map<string, Weight>([
    ['matrix', { shape: [1, 2], values: Float32Array.of(1, -2) }],
    ['bias', { shape: [1], values: Float32Array.of(0.5) }],
  ]);
const gradients = (matrix: readonly number[], bias: number) =>
  new Map([
    ['matrix', Float32Array.from(matrix)],
    ['bias', Float32Array.of(bias)],
  ]);
const values = (all: ReadonlyMap<string, Weight>, name: string) => [...(all.get(name)?.values ?? [])];
const near = (got: readonly number[], want: readonly number[]) =>
  want.forEach((w, i) => assert.ok(Math.abs(got[i] - w) < 1e-6, `${got}, expected ${want}`));

describe('AdamW', () => {
  it('takes the step that one computes by hand', () => {
    const optimiser = new AdamW(weights(), { weightDecay: 0.1, averageDecay: 0.998 });
    const norm = optimiser.update(gradients([0.3, -0.4], 0), 0.01, 10);
    assert.ok(Math.abs(norm - 0.5) < 1e-6);
    // first step: both moments are unbiased to g and g^2, so every weight moves by the learning rate; only matrices decay
    near(values(optimiser.weights, 'matrix'), [1 * (1 - 0.001) - 0.01, -2 * (1 - 0.001) + 0.01]);
    near(values(optimiser.weights, 'bias'), [0.5]);
    optimiser.update(gradients([0.1, 0], 0.2), 0.01, 10);
    const m = (0.9 * 0.1 * 0.3 + 0.1 * 0.1) / (1 - 0.9 ** 2);
    const v = (0.999 * 0.001 * 0.09 + 0.001 * 0.01) / (1 - 0.999 ** 2);
    near([values(optimiser.weights, 'matrix')[0]], [0.989 * 0.999 - (0.01 * m) / (Math.sqrt(v) + 1e-8)]);
  });

  it('clips by the norm over all gradients and says what it was', () => {
    const [small, large] = [1, 1000].map((k) => {
      const optimiser = new AdamW(weights(), { weightDecay: 0, averageDecay: 0.9 });
      optimiser.update(gradients([0.6, 0], 0.8), 0.1, 1);
      const norm = optimiser.update(gradients([6 * k, 0], 8 * k), 0.1, 1);
      assert.ok(Math.abs(norm / (10 * k) - 1) < 1e-6);
      return optimiser;
    });
    near(values(large.weights, 'matrix'), values(small.weights, 'matrix'));
    near(values(large.weights, 'bias'), values(small.weights, 'bias'));
  });

  it('averages the weights, quickly at first', () => {
    const optimiser = new AdamW(weights(), { weightDecay: 0, averageDecay: 0.998 });
    let average = 0.5;
    for (let step = 1; step <= 30; step++) {
      optimiser.update(gradients([1, 1], 1), 0.01, 10);
      const decay = Math.min(0.998, (1 + step) / (10 + step));
      average = decay * average + (1 - decay) * values(optimiser.weights, 'bias')[0];
    }
    assert.ok(Math.abs(values(optimiser.average, 'bias')[0] - average) < 1e-5);
    assert.ok(values(optimiser.average, 'bias')[0] > values(optimiser.weights, 'bias')[0], 'the average lags');
  });

  it('learns nothing from a gradient that overflowed', () => {
    const optimiser = new AdamW(weights(), { weightDecay: 0.1, averageDecay: 0.9 });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      assert.ok(!Number.isFinite(optimiser.update(gradients([bad, 1], 1), 0.1, 1)));
    assert.deepEqual(optimiser.weights, weights());
    assert.deepEqual(optimiser.average, weights());
    optimiser.update(gradients([0.3, -0.4], 0), 0.01, 10);
    near(values(optimiser.weights, 'bias'), [0.5]);
    assert.ok(values(optimiser.weights, 'matrix').every(Number.isFinite));
  });

  it('goes on from a state as if nothing had happened, and shares nothing with it', () => {
    const options = { weightDecay: 0.1, averageDecay: 0.9 };
    const whole = new AdamW(weights(), options);
    for (let step = 0; step < 3; step++) whole.update(gradients([0.3, -step], 0.1), 0.01, 10);
    const state = whole.state();
    const again = new AdamW(state, options);
    for (const optimiser of [whole, again])
      for (let step = 0; step < 3; step++) optimiser.update(gradients([step, 1], -0.2), 0.01, 10);
    assert.deepEqual(again.state(), whole.state());
    assert.equal(state.step, 3);
    assert.deepEqual(new AdamW(state, options).state(), state);
  });

  it('finds the bottom of a bowl', () => {
    const optimiser = new AdamW(weights(), { weightDecay: 0, averageDecay: 0.9 });
    for (let step = 0; step < 800; step++) {
      const [a, b] = values(optimiser.weights, 'matrix');
      const [c] = values(optimiser.weights, 'bias');
      optimiser.update(gradients([a - 3, 10 * (b + 1)], c), 0.05 * (1 - step / 800), 5);
    }
    [3, -1].forEach((want, i) => assert.ok(Math.abs(values(optimiser.weights, 'matrix')[i] - want) < 0.01));
    assert.ok(Math.abs(values(optimiser.average, 'bias')[0]) < 0.01);
  });
});

describe('cloneWeights', () => {
  it('shares nothing with the original', () => {
    const original = weights();
    const copy = cloneWeights(original);
    assert.deepEqual(copy, original);
    copy.get('bias')?.values.fill(9);
    assert.deepEqual(original, weights());
  });
});
