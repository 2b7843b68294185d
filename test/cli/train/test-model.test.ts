import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testModel } from '../../../src/cli/train/test-model.ts';
import { testText } from '../../../src/cli/train/test-text.ts';
import { zeroHeadEngine } from '../../../src/infer/engines/zero-head.ts';
import { madeUpConfig, madeUpModel, madeUpSeries } from './made-up-model.ts';

const config = await madeUpConfig('train.test_fraction=0.3');
const series = [madeUpSeries(900, 'north', 1), madeUpSeries(700, 'south', 2)];
const { model, prepared } = madeUpModel(series, config);
const engine = zeroHeadEngine(model.shape);

describe('testModel', () => {
  test('judges the newest rows beside every reference', async () => {
    const test = (await testModel(engine, model, config, prepared.split)) ?? assert.fail();
    assert.equal(test.rows, 270 + 210);
    assert.equal(test.from, new Date((series[1]?.startMs ?? 0) + 490 * 60_000).toISOString());
    const { imputation, forecast } = test;
    const names = (of: typeof forecast) => Object.keys(of?.baselines ?? {}).sort();
    assert.deepEqual(names(imputation), [
      'base',
      'base_residuals',
      'last_observed',
      'linear_interpolation',
      'seasonal_naive',
    ]);
    assert.deepEqual(names(forecast), ['naive', 'ridge', 'ridge_residuals', 'ridge_var', 'seasonal_naive']);
    assert.ok((imputation?.cells ?? 0) > 50 && (forecast?.cells ?? 0) > 500);
    // an untrained network is its base
    assert.deepEqual(imputation?.model, imputation?.baselines.base);
    assert.deepEqual(forecast?.model, forecast?.baselines.ridge);
    for (const of of [imputation, forecast]) {
      for (const { crps, mae, coverage90 } of Object.values(of?.baselines ?? {})) {
        assert.ok((crps as number) > 0 && (crps as number) < (mae as number));
        assert.ok((coverage90 as number) > 0.5 && (coverage90 as number) <= 1);
      }
    }
  });

  test('is the same again, and null without a test', async () => {
    const again = () => testModel(engine, model, config, prepared.split);
    assert.deepEqual(await again(), await again());
    const none = prepared.split.map((one) => ({ ...one, testRow: one.whole.rows }));
    assert.equal(await testModel(engine, model, config, none), null);
  });

  test('a pipeline that makes no forecasts is judged by some all the same', async () => {
    const silent = { ...config, model: { ...config.model, forecast_every_steps: 0 } };
    assert.ok(((await testModel(engine, model, silent, prepared.split))?.forecast?.cells ?? 0) > 500);
  });
});

describe('testText', () => {
  test('a table a task, for people', async () => {
    const text = testText(await testModel(engine, model, config, prepared.split), 8);
    assert.match(
      text,
      /^test on the newest 480 rows, 2024-03-04 08:10 to 2024-03-04 14:59, which nothing was fitted to/,
    );
    assert.match(
      text,
      /imputation of \d+ hidden cells\n +CRPS +MAE +90 % interval covered\n {2}driftcast +0\.\d{3} +0\.\d{3} +\d+\.\d %/,
    );
    assert.match(text, /forecast of \d+ cells, up to 8 steps ahead/);
    for (const name of ['its base alone', 'linear interpolation', 'last observed', 'seasonal naive', 'last value'])
      assert.match(text, new RegExp(`\\n {2}${name} `));
    assert.match(text, /\n {2}its base, bootstrap of its errors /);
    assert.match(text, /\n {2}direct ridge, bootstrap of its errors /);
    assert.match(text, /\n {2}ridge VAR, iterated /);
    assert.match(testText(null, 8), /test: none/);
  });
});
