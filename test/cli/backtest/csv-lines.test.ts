import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { forecastLines, imputedLines, scoreLines } from '../../../src/cli/backtest/csv-lines.ts';
import type { SeriesScores } from '../../../src/cli/evaluate/anomaly-judge.ts';
import type { PipelineConfig } from '../../../src/config/pipeline-schema.ts';
import { byReference } from '../../../src/core/reference-names.ts';
import { crpsLevels } from '../../../src/eval/crps.ts';

const config = {
  channels: [{ name: 'flow, in' }, { name: 'level' }],
  window: { step_ms: 60_000 },
} as unknown as PipelineConfig;
const truth = {
  series: 'pump "1"',
  startMs: 0,
  rows: 3,
  truth: Float64Array.from([1, 2, 3.25, Number.NaN, 5, 6]),
  hidden: Uint8Array.from([0, 0, 1, 0, 0, 0]),
  labels: null,
};
/** Quantiles that are their own level times ten, for every cell. */
const quantiles = (cells: number) =>
  Float64Array.from(
    { length: cells * crpsLevels.length },
    (_, i) => 10 * (crpsLevels[i % crpsLevels.length] as number),
  );

test('scores.csv: a line a row, what was never scored has score 0 and p-value 1', () => {
  const part = { channel: 0, share: 1, observed: 0, expected: 0, halfWidth90: 0 };
  const scores: SeriesScores = {
    truth,
    score: Float64Array.from([0, 1.23456789, 2]),
    pValue: Float64Array.from([1, 0.5, 0.001]),
    alarm: Uint8Array.from([0, 0, 1]),
    topChannels: [[], [part], [{ ...part, channel: 1 }, part]],
    references: byReference(() => new Float64Array(3)),
    scored: 0,
    learning: 0,
    opened: 0,
  };
  const text = [...scoreLines([scores], config)].join('');
  assert.equal(text.split('\n')[0], 'time,series,score,p_value,alarm,top_channels');
  assert.deepEqual(parse(text, { from: 2 }), [
    ['1970-01-01T00:00:00.000Z', 'pump "1"', '0', '1', '0', ''],
    ['1970-01-01T00:01:00.000Z', 'pump "1"', '1.234568', '0.5', '0', 'flow, in'],
    ['1970-01-01T00:02:00.000Z', 'pump "1"', '2', '0.001', '1', 'level;flow, in'],
  ]);
});

test('forecast.csv: the time that is forecast, with what was observed then, where it was', () => {
  const lines = parse(forecastLines({ horizon: 2, quantiles: quantiles(4) }, truth, 1, config));
  const law = ['0.5', '5', '9.5'];
  assert.deepEqual(lines, [
    ['1970-01-01T00:02:00.000Z', 'pump "1"', 'flow, in', '1', ...law, '5'],
    ['1970-01-01T00:02:00.000Z', 'pump "1"', 'level', '1', ...law, '6'],
    ['1970-01-01T00:03:00.000Z', 'pump "1"', 'flow, in', '2', ...law, ''],
    ['1970-01-01T00:03:00.000Z', 'pump "1"', 'level', '2', ...law, ''],
  ]);
});

describe('imputed.csv', () => {
  test('only final cells, with the truth of those that were hidden', () => {
    const cells = quantiles(4);
    cells.fill(Number.NaN, 0, crpsLevels.length); // row 0 of `flow, in` was observed
    const imputed = { rows: Int32Array.from([0, 1]), final: Uint8Array.from([1, 0]), quantiles: cells };
    assert.deepEqual(parse(imputedLines(imputed, truth, 1, config)), [
      ['1970-01-01T00:01:00.000Z', 'pump "1"', 'level', '0.5', '5', '9.5', '', '0'],
    ]);
    const hidden = { rows: Int32Array.from([0]), final: Uint8Array.from([1]), quantiles: quantiles(2) };
    assert.deepEqual(parse(imputedLines(hidden, truth, 1, config))[0]?.slice(-2), ['3.25', '1']);
  });

  test('nothing where nothing is final', () => {
    const imputed = { rows: Int32Array.from([2]), final: Uint8Array.from([0]), quantiles: quantiles(2) };
    assert.equal(imputedLines(imputed, truth, 0, config), '');
  });
});
