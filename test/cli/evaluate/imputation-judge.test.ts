import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hideCells } from '../../../src/cli/evaluate/hide-cells.ts';
import { ImputationJudge } from '../../../src/cli/evaluate/imputation-judge.ts';
import type { SeriesTruth } from '../../../src/cli/evaluate/truth.ts';
import { createRng } from '../../../src/core/rng.ts';
import { crpsLevels } from '../../../src/eval/crps.ts';

const levels = [0.05, 0.5, 0.95];
/** Season: four rows. */
const settingOf = (scales: readonly number[]) => ({ levels, scales, seasonSteps: 4 });

/** Rows 2, 3 and 6 are hidden, row 5 is missing and nobody knows it. */
const truth: SeriesTruth = {
  series: 's',
  startMs: 0,
  rows: 8,
  truth: Float64Array.from([0, 2, 5, 5, 8, Number.NaN, 20, 14]),
  hidden: Uint8Array.from([0, 0, 1, 1, 0, 0, 1, 0]),
  labels: null,
};

/** Imputed rows of a window; NaN where the window observed the cell. */
const imputedOf = (cells: readonly (readonly [row: number, middle: number | null, final: 0 | 1])[]) => ({
  rows: Int32Array.from(cells, ([row]) => row),
  final: Uint8Array.from(cells, ([, , final]) => final),
  quantiles: Float64Array.from(
    cells.flatMap(([, middle]) =>
      middle === null ? [Number.NaN, Number.NaN, Number.NaN] : [middle - 1, middle, middle + 1],
    ),
  ),
});

describe('ImputationJudge', () => {
  test('judges hidden cells once they are final, beside references that saw the same', () => {
    const judge = new ImputationJudge(settingOf([2]));
    // the window begins with row 1 of the series: its row 1 is the series' row 2
    judge.add(
      truth,
      1,
      imputedOf([
        [0, null, 1],
        [1, 5.5, 1],
        [2, 9, 1],
        [4, 3, 1],
        [5, 7, 0],
      ]),
      1,
    );
    const { model, baselines, hidden_fraction } = judge.json(0.1);
    // rows 2 and 3 hold 5 and 5: errors 0.5 and 4, in units of 2; row 6 is provisional, row 5 unknown
    assert.equal(model.count, 2);
    assert.equal(model.mae, (0.25 + 2) / 2);
    assert.equal(model.coverage90, 0.5);
    // between 2 in row 1 and 8 in row 4 the line passes 4 and 6; the last observed is 2
    assert.equal(baselines.linear_interpolation?.mae, (0.5 + 0.5) / 2);
    assert.equal(baselines.last_observed?.mae, (1.5 + 1.5) / 2);
    for (const reference of Object.values(baselines)) assert.equal(reference.count, model.count);
    assert.equal(hidden_fraction, 0.1);
  });

  test('references never see a hidden cell: its value changes their errors, not their answers', () => {
    const errorsWith = (hiddenValue: number) => {
      const judge = new ImputationJudge(settingOf([1]));
      judge.add(
        { ...truth, truth: truth.truth.map((value, i) => (i === 6 ? hiddenValue : value)) },
        0,
        imputedOf([[6, 0, 1]]),
        1,
      );
      return judge.json(0).baselines;
    };
    // row 6 lies between 8 in row 4 and 14 in row 7: 12 on the line, 8 when held
    assert.equal(errorsWith(12).linear_interpolation?.mae, 0);
    assert.equal(errorsWith(112).linear_interpolation?.mae, 100);
    assert.equal(errorsWith(8).last_observed?.mae, 0);
  });

  test('a cell without an answer is counted as unanswered; a channel without a scale counts for nothing', () => {
    const silent = new ImputationJudge(settingOf([1]));
    silent.add(truth, 0, imputedOf([[2, null, 1]]), 1);
    assert.deepEqual([silent.json(0).model.count, silent.json(0).model.unanswered], [0, 1]);
    const unscaled = new ImputationJudge(settingOf([Number.NaN]));
    unscaled.add(truth, 0, imputedOf([[2, 5, 1]]), 1);
    assert.deepEqual([unscaled.json(0).model.count, unscaled.json(0).model.mae], [0, null]);
  });

  test('point references have the quantiles of their errors: their CRPS is better than that of the point, and they cover', () => {
    const rows = 4000;
    const rng = createRng(11);
    let level = 0;
    const values = Float64Array.from({ length: rows }, () => (level = 0.95 * level + rng.normal()));
    const hidden = hideCells(values, 1, 0, rows - 1, createRng(5));
    const wandering: SeriesTruth = { series: 's', startMs: 0, rows, truth: values, hidden, labels: null };
    const judge = new ImputationJudge({ levels: crpsLevels, scales: [1], seasonSteps: 24 });
    const all = Array.from({ length: rows }, (_, row) => row);
    judge.add(
      wandering,
      0,
      {
        rows: Int32Array.from(all),
        final: new Uint8Array(rows).fill(1),
        quantiles: new Float64Array(rows * crpsLevels.length),
      },
      1,
    );
    const { baselines } = judge.json(0);
    for (const name of ['linear_interpolation', 'last_observed', 'seasonal_naive']) {
      const { crps, mae, coverage90, count } = baselines[name] ?? assert.fail(name);
      assert.ok((crps as number) < 0.9 * (mae as number), `${name}: CRPS ${crps}, MAE ${mae}`);
      // hidden cells of one block are wrong together: a tenth of them count as independent
      const error = 4 * Math.sqrt((0.9 * 0.1) / (count / 10));
      assert.ok(Math.abs((coverage90 as number) - 0.9) < error, `${name}: ${coverage90} within ${error}`);
    }
    assert.equal(baselines.base, undefined, 'without a base there is no row of it');
  });

  test('the base is judged on the same cells', () => {
    const judge = new ImputationJudge(settingOf([2]));
    judge.add(truth, 0, imputedOf([[2, 5, 1]]), 1, imputedOf([[2, 9, 1]]));
    const { baselines, model } = judge.json(0);
    assert.deepEqual([model.mae, baselines.base?.mae, baselines.base?.count], [0, 2, 1]);
  });

  describe('base_residuals', () => {
    const rows = 2000;
    const rng = createRng(17);
    const values = Float64Array.from({ length: rows }, () => Math.exp(rng.normal()));
    const hidden = hideCells(values, 1, 0, rows, createRng(5));
    const noise: SeriesTruth = { series: 's', startMs: 0, rows, truth: values, hidden, labels: null };
    const window = 20;
    /** The base says 0 for certain; windows follow each other. */
    const judged = (truth: SeriesTruth, countedFrom: number) => {
      const judge = new ImputationJudge({ levels: crpsLevels, scales: [1], seasonSteps: 24 });
      const said = {
        rows: Int32Array.from({ length: window }, (_, row) => row),
        final: new Uint8Array(window).fill(1),
        quantiles: new Float64Array(window * crpsLevels.length),
      };
      for (let row = 0; row < rows; row += window) judge.add(truth, row, said, 1, said, countedFrom);
      return judge.json(0);
    };

    test('the same median with the quantiles of its errors: a better CRPS than the base, and it covers', () => {
      const { model, baselines } = judged(noise, rows / 2);
      const { base, base_residuals: own } = baselines;
      const counted = hidden.subarray(rows / 2).reduce((n, h) => n + h, 0);
      assert.deepEqual([model.count, base?.count, own?.count, baselines.last_observed?.count], Array(4).fill(counted));
      assert.ok((own?.crps as number) < 0.75 * (base?.crps as number), `${own?.crps} and ${base?.crps}`);
      const learnt = hidden.subarray(0, rows / 2).reduce((n, h) => n + h, 0);
      // classes of distance have a sixth of the errors at least, or take all
      const error = 4 * Math.sqrt(0.9 * 0.1 * (1 / counted + 6 / learnt));
      assert.ok(Math.abs((own?.coverage90 as number) - 0.9) < error, `${own?.coverage90} within ${error}`);
    });

    test('knows no error of the window it speaks of, nor of those to come', () => {
      const until = window * Math.ceil(hidden.indexOf(1, rows / 2) / window) - window;
      assert.ok(hidden.subarray(until, until + window).includes(1));
      const only = (level: number) => {
        const truth = noise.truth.map((v, i) => (i >= until && hidden[i] === 1 ? level : v));
        const alone = hidden.map((h, i) => (i >= until + window ? 0 : h));
        return judged({ ...noise, truth, hidden: alone }, until).baselines.base_residuals;
      };
      // its median is the same, however far off: the errors differ by just what the values do
      assert.ok(Math.abs((only(2000)?.mae as number) - (only(1000)?.mae as number) - 1000) < 1e-6);
    });
  });
});
