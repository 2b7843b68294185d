import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ForecastJudge } from '../../../src/cli/evaluate/forecast-judge.ts';
import type { SeriesTruth } from '../../../src/cli/evaluate/truth.ts';

const levels = [0.05, 0.5, 0.95];
const setting = { levels, scales: [2, Number.NaN], horizon: 2, seasonSteps: 4 };

/** Two channels, of which only the first has a scale. */
const truthOf = (first: readonly number[], hidden: readonly number[] = []): SeriesTruth => ({
  series: 's',
  startMs: 0,
  rows: first.length,
  truth: Float64Array.from(first.flatMap((value) => [value, 1000])),
  hidden: Uint8Array.from({ length: 2 * first.length }, (_, i) => (i % 2 === 0 && hidden.includes(i / 2) ? 1 : 0)),
  labels: null,
});

/** The same law for both channels, a middle a step. */
const forecastOf = (middles: readonly number[], halfWidth: number) => ({
  horizon: 2,
  quantiles: Float64Array.from(
    middles.flatMap((m) => [m - halfWidth, m, m + halfWidth, m - halfWidth, m, m + halfWidth]),
  ),
});

describe('ForecastJudge', () => {
  test('does not judge what was planned', () => {
    const judge = new ForecastJudge({ ...setting, scales: [2, 1], planned: [1] });
    const truth = truthOf([1, 2, 3, 4, 5, 9, 11, 0]);
    judge.add(truth, 4, forecastOf([8, 16], 2), forecastOf([9, 11], 0));
    assert.equal(judge.json().model.count, 2);
    const both = new ForecastJudge({ ...setting, scales: [2, 1] });
    both.add(truth, 4, forecastOf([8, 16], 2), forecastOf([9, 11], 0));
    assert.equal(both.json().model.count, 4);
  });

  test('errors in units of the scale, by method and by step, worked out by hand', () => {
    const judge = new ForecastJudge(setting);
    //                     0  1  2  3  4  5   6  7
    const truth = truthOf([1, 2, 3, 4, 5, 9, 11, 0]);
    judge.add(truth, 4, forecastOf([8, 16], 2), forecastOf([9, 11], 0), Float64Array.from([8, 0, 11, 0]));
    const { model, baselines, by_horizon, baselines_by_horizon } = judge.json();
    assert.equal(judge.origins, 1);
    // targets 9 and 11: the model errs by 1 and 5, in units of 2
    assert.equal(model.mae, (0.5 + 2.5) / 2);
    assert.equal(model.coverage90, 0.5);
    assert.equal(model.width90, 4 / 2);
    assert.equal(model.count, 2); // the channel without a scale counts for nothing
    assert.deepEqual(
      by_horizon?.map(({ step, mae }) => [step, mae]),
      [
        [1, 0.5],
        [2, 2.5],
      ],
    );
    assert.equal(baselines.ridge?.mae, 0);
    assert.equal(baselines.ridge_var?.mae, (1 / 2 + 0) / 2);
    // one season of 4 before rows 5 and 6: rows 1 and 2 hold 2 and 3; the last value is 5
    assert.equal(baselines.seasonal_naive?.mae, (7 / 2 + 8 / 2) / 2);
    assert.equal(baselines.naive?.mae, (4 / 2 + 6 / 2) / 2);
    assert.deepEqual(
      baselines_by_horizon?.naive?.map(({ mae }) => mae),
      [2, 3],
    );
    for (const reference of Object.values(baselines)) assert.equal(reference.count, model.count);
  });

  test('the quantile CRPS is the mean over levels of twice the pinball loss', () => {
    const judge = new ForecastJudge(setting);
    judge.add(truthOf([0, 0, 0, 0, 0, 0, 0, 0]), 3, forecastOf([1, 1], 0), null);
    // target 0 below all three quantiles at 1: 2 (1 - level) each, mean 1, in units of 2
    assert.ok(Math.abs((judge.json().model.crps as number) - 0.5) < 1e-12);
  });

  test('references see no hidden cell and nothing after the origin', () => {
    const values = Array.from({ length: 40 }, (_, row) => row);
    const judge = (truth: SeriesTruth) => {
      const made = new ForecastJudge(setting);
      made.add(truth, 20, forecastOf([0, 0], 1), null);
      return made.json().baselines;
    };
    // row 20 and row 17 are hidden: the last value is that of row 19, the season of row 21 is missing
    const { naive, seasonal_naive: seasonal } = judge(truthOf(values, [17, 20]));
    assert.equal(naive?.mae, ((21 - 19) / 2 + (22 - 19) / 2) / 2);
    assert.equal(seasonal?.mae, ((21 - 19) / 2 + (22 - 18) / 2) / 2);
    const later = judge(
      truthOf(
        values.map((value, row) => (row > 22 ? -1000 : value)),
        [17, 20],
      ),
    );
    assert.deepEqual(later, judge(truthOf(values, [17, 20])));
  });

  test('the iterated ridge VAR is judged where it is given, with the quantiles of its own errors', () => {
    const wave = truthOf(Array.from({ length: 400 }, (_, row) => Math.sin(row / 3)));
    const judge = new ForecastJudge({ ...setting, scales: [1, 1] });
    const shifted = (row: number) => Float64Array.from([1, 2].flatMap((h) => [Math.sin((row + h) / 3) + 5, 1000]));
    for (let row = 4; row < 200; row += 2) judge.add(wave, row, forecastOf([0, 0], 1), null, shifted(row), false);
    assert.equal(judge.json().baselines.ridge_var?.count, 0);
    for (let row = 200; row < 380; row += 2) judge.add(wave, row, forecastOf([0, 0], 1), null, shifted(row));
    // wrong by 5 always: what it learnt of its errors takes that off
    const { ridge_var: iterated, ridge } = judge.json().baselines;
    assert.ok((iterated?.mae as number) < 1e-9 && (iterated?.crps as number) < 1e-9, `${iterated?.mae}`);
    assert.deepEqual([iterated?.count, ridge?.count], [judge.json().model.count, 0]);
  });

  test('leaves out origins whose horizon goes beyond what is known', () => {
    const judge = new ForecastJudge(setting);
    const truth = truthOf([1, 2, 3, 4]);
    judge.add(truth, 1, forecastOf([3, 4], 1), null);
    judge.add(truth, 2, forecastOf([4, 5], 1), null);
    assert.equal(judge.origins, 1);
    assert.equal(judge.json().model.count, 2);
    assert.equal(judge.json().baselines.ridge?.count, 0);
  });

  test('series have errors of their own', () => {
    const judge = new ForecastJudge({ ...setting, scales: [1, 1] });
    const steady = truthOf(Array(200).fill(5));
    const rising = { ...truthOf(Array.from({ length: 200 }, (_, row) => 3 * row)), series: 'rising' };
    for (let row = 4; row < 150; row += 2) {
      judge.add(rising, row, forecastOf([0, 0], 1), null);
      judge.add(steady, row, forecastOf([0, 0], 1), null);
    }
    const before = judge.json().baselines.naive?.mae as number;
    judge.add(steady, 160, forecastOf([0, 0], 1), null); // its errors were 0 all along
    const { mae, count } = judge.json().baselines.naive as { mae: number; count: number };
    assert.ok(Math.abs(mae * count - before * (count - 4)) < 1e-9);
  });

  test('less than a season of rows: seasonal naive is the last value, with its errors too', () => {
    const judge = new ForecastJudge({ ...setting, scales: [1, 1], seasonSteps: 500 });
    const wave = truthOf(Array.from({ length: 300 }, (_, row) => Math.sin(row / 3)));
    for (let row = 4; row < 290; row += 2) judge.add(wave, row, forecastOf([0, 0], 1), null);
    const { naive, seasonal_naive: seasonal } = judge.json().baselines;
    assert.deepEqual(seasonal, naive);
  });

  test('origins that are not counted teach the references how wrong they are', () => {
    const wave = truthOf(Array.from({ length: 400 }, (_, row) => Math.sin(row / 3)));
    const crpsAfter = (warmFrom: number) => {
      const judge = new ForecastJudge({ ...setting, scales: [1, 1] });
      for (let row = warmFrom; row < 380; row += 2)
        judge.add(wave, row, forecastOf([0, 0], 1), forecastOf([0, 0], 1), new Float64Array(4), row >= 300);
      assert.equal(judge.origins, 40);
      return judge.json().baselines;
    };
    const [cold, warm] = [crpsAfter(300), crpsAfter(100)];
    assert.ok((warm.naive?.crps as number) < (cold.naive?.crps as number));
    // a base that says 0 all the time: its own law is too wide, a bootstrap of its errors is not
    assert.ok((warm.ridge_residuals?.crps as number) < (warm.ridge?.mae as number));
  });
});
