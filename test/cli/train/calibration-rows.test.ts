import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { calibrationRows } from '../../../src/cli/train/calibration-rows.ts';
import { splitByTime } from '../../../src/cli/train/split.ts';
import { madeUpConfig, madeUpSeries } from './made-up-model.ts';

const config = await madeUpConfig(); // p-value .01: 100 scores are needed
const splitOf = (rows: readonly number[], validationFraction = 0.2) =>
  splitByTime(
    rows.map((n, i) => madeUpSeries(n, `s${i}`)),
    { channels: 3, stepMs: 60_000, validationFraction, testFraction: 0.1, validationRowsMin: 0 },
  );
const bounds = (split: ReturnType<typeof splitOf>) =>
  calibrationRows(split, config).stretches.map(({ series, from, to }) => [series.series, from, to]);

describe('calibrationRows', () => {
  test('validation rows and the training rows before them, never a row of the test', () => {
    const split = splitOf([1000, 400]);
    assert.deepEqual(bounds(split), [
      ['s0', 0, 900],
      ['s1', 0, 360],
    ]);
    assert.equal(calibrationRows(split, config).note, '');
  });

  test('where training rows are many, the newest of them', () => {
    const split = splitOf([30_000, 2000]); // 6000 and 400 held-out rows; 12,000 rows are enough
    assert.deepEqual(bounds(split), [
      ['s0', 16_800, 27_000],
      ['s1', 0, 1800],
    ]);
  });

  test('too few held-out rows for the alarms that are asked for: it is said', () => {
    const split = splitOf([200, 200]); // 40 held-out rows each
    const { note } = calibrationRows(split, config);
    assert.match(
      note,
      /80 held-out rows are too few for the alarms that are asked for \(100 are needed\); 280 training rows/,
    );
  });

  test('too many: the newest of every series, as many of each', () => {
    const split = splitOf([60_000, 60_000, 1000]);
    const rows = bounds(split).map(([, from, to]) => Number(to) - Number(from));
    assert.deepEqual(rows, [5900, 5900, 200]);
    assert.deepEqual(
      bounds(split).map(([, , to]) => to),
      [54_000, 54_000, 900],
    );
  });

  test('series without rows to calibrate on are left out', () => {
    assert.deepEqual(
      bounds(splitOf([0, 1000])).map(([name]) => name),
      ['s1'],
    );
  });
});
