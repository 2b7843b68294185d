import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../../src/core/rng.ts';
import { coverage } from '../../../../src/eval/coverage.ts';
import { crpsLevels } from '../../../../src/eval/crps.ts';
import { ResidualForecaster } from './residual-forecaster.ts';

const horizon = 3;
const shape = { horizon, channels: 1 };
const levels = crpsLevels.length;

/** Forecasts of zero, made at every row of white noise. */
function run(values: Float64Array, rows: number): Float64Array[] {
  const forecaster = new ResidualForecaster(shape);
  return Array.from({ length: rows }, (_, row) => forecaster.quantiles(row, new Float64Array(horizon), values));
}

describe('ResidualForecaster', () => {
  const rng = createRng(3);
  const values = Float64Array.from({ length: 2600 }, () => rng.normal());

  it('is the point alone until errors are known, then their quantiles around it', () => {
    const made = run(values, 400);
    assert.ok(made[50].every((value) => value === 0));
    assert.ok(made[399].some((value) => value !== 0));
    for (let h = 0; h < horizon; h++) {
      const own = made[399].subarray(h * levels, (h + 1) * levels);
      assert.deepEqual(own, own.toSorted());
    }
  });

  it('covers what it says', () => {
    const rows = 2500;
    const from = 1500;
    const made = run(values, rows).slice(from);
    const targets = made.flatMap((_, k) => [values[from + k + 1]]);
    const quantiles = made.flatMap((own) => [...own.subarray(0, levels)]);
    const { coverage: share } = coverage(targets, quantiles, crpsLevels, 0.9);
    assert.ok(Math.abs(share - 0.9) < 4 * Math.sqrt(0.09 / targets.length), `${share}`);
  });

  it('knows nothing of rows to come', () => {
    const changed = values.slice();
    changed.fill(100, 801);
    assert.deepEqual(run(values, 801), run(changed, 801));
    assert.notDeepEqual(run(values, 1300).at(-1), run(changed, 1300).at(-1));
  });
});
