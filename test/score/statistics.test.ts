import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Residual } from '../../src/core/inference.ts';
import { createRng } from '../../src/core/rng.ts';
import type { ScoreOptions } from '../../src/score/options.ts';
import { Statistics, smoothedNames } from '../../src/score/statistics.ts';
import { options } from './inference.ts';

const near = (actual: number, expected: number, within = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= within * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
const none = Float64Array.of(0, 0);
const residual = (past: number, changes: Partial<Residual> = {}): Residual => ({
  squared: Float64Array.of(past, past),
  expected: none,
  halfWidth90: none,
  ...changes,
});
const pair = (value: number) => Float64Array.of(value, value);
const of = (changes: Partial<ScoreOptions> = {}) =>
  new Statistics(options({ slowMeanSquared: Float64Array.of(0.045, 0.045), ...changes }), Float64Array.of(1, 1));
/** Scores of rows that are the same. */
function scores(statistics: Statistics, rows: readonly Residual[]): number[] {
  const moving = statistics.start(Number.NaN);
  return rows.map((row) => statistics.advance(moving, row, 0));
}

describe('Statistics', () => {
  it('of the past alone: the geometric mean of its squares, smoothed quickly and slowly', () => {
    // ordinary R^2 of .7: the ratio is R^2 / (.7 + .3)
    const [first, second] = scores(of({ halfLifeSteps: 1, slowHalfLifeSteps: 2 }), [residual(4), residual(16)]);
    near(first, 4);
    const slow = 2 ** -0.5;
    near(second, Math.sqrt((0.5 * 4 + 0.5 * 16) * (slow * 4 + (1 - slow) * 16)));
  });

  it('of a single channel: its past twice, its level, and where that has moved to', () => {
    const [score] = scores(of(), [residual(4, { level: pair(2) })]);
    near(score, (4 * 4 * (4 / 1.3) * (4 / 1.005)) ** 0.25);
  });

  it('beside other channels: the past, what they say now and for long, and the level', () => {
    const [score] = scores(of(), [residual(4, { bias: pair(-3), level: pair(2) })]);
    near(score, (4 * (9 / 1.3) * (9 / 0.05) * (4 / 1.3)) ** 0.25);
  });

  it('takes signs into account where it averages over rows: an offset adds up, noise does not', () => {
    const rng = createRng(3);
    const noise = Array.from({ length: 400 }, () => rng.normal());
    const after = (offset: number) =>
      scores(
        of({ halfLifeSteps: 8, slowHalfLifeSteps: 32 }),
        noise.map((value) => residual(1, { bias: pair(value + offset) })),
      ).at(-1) as number;
    assert.ok(after(1) > 1.5 * after(0));
  });

  it('a constant does not silence the others', () => {
    const [score] = scores(of(), [residual(1e4, { level: pair(0) })]);
    assert.ok(score > 1, `${score}`);
    near(score, (1e4 * 1e4 * 1e-3 * 1e-3) ** 0.25);
  });

  it('a row without a scored cell is no score, and leaves everything as it is', () => {
    const statistics = of({ halfLifeSteps: 4, slowHalfLifeSteps: 8 });
    const moving = statistics.start(1);
    const before = structuredClone(moving);
    const missing = residual(Number.NaN, { bias: pair(Number.NaN), level: pair(Number.NaN) });
    assert.ok(Number.isNaN(statistics.advance(moving, missing, 0)));
    assert.deepEqual(moving, before);
  });

  it('a channel that none is masked against keeps what the others said of the rest', () => {
    const statistics = of();
    const moving = statistics.start(Number.NaN);
    const row = residual(4, { bias: Float64Array.of(3, Number.NaN) });
    near(statistics.advance(moving, row, 0), (4 * (9 / 1.3) * ((9 / 0.05 + 0) / 2)) ** (1 / 3));
  });

  it('starts where it is told to', () => {
    const statistics = of({ halfLifeSteps: 1, slowHalfLifeSteps: 1 });
    const moving = statistics.start(2);
    assert.equal(moving.smoothed.length, smoothedNames.length);
    near(statistics.advance(moving, residual(4), 0), 3);
  });

  it('reads the row that is asked for', () => {
    const two = { squared: Float64Array.of(1, 1, 9, 9), expected: none, halfWidth90: none };
    const statistics = of();
    near(statistics.advance(statistics.start(Number.NaN), two, 1), 9);
  });
});
