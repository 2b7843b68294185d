import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type SplitOptions, splitByTime } from '../../../src/cli/train/split.ts';

const seriesOf = (name: string, rows: number, channels: number) => ({
  series: name,
  startMs: 1000,
  rows,
  values: Float64Array.from({ length: rows * channels }, (_, i) => i),
});
const options = (changes: Partial<SplitOptions> = {}): SplitOptions => ({
  channels: 2,
  stepMs: 10,
  validationFraction: 0.2,
  testFraction: 0.1,
  validationRowsMin: 0,
  ...changes,
});

describe('splitByTime', () => {
  test('the oldest rows are fitted to, the next validated on, the newest tested on', () => {
    const [one] = splitByTime([seriesOf('s', 100, 2)], options());
    assert.deepEqual([one?.train.rows, one?.validation.rows], [70, 20]);
    assert.deepEqual([one?.validationRow, one?.testRow], [70, 90]);
    assert.deepEqual([one?.train.startMs, one?.validation.startMs], [1000, 1700]);
    assert.deepEqual([one?.train.values.at(-1), one?.validation.values[0]], [139, 140]);
    assert.equal(one?.validation.values.at(-1), 179);
    assert.equal(splitByTime([seriesOf('s', 100, 2)], options({ testFraction: 0 }))[0]?.testRow, 100);
  });

  test('a short series validates on the rows that are needed, but never on more than a third of what is left', () => {
    const rowsOf = (rows: number) =>
      splitByTime(
        [seriesOf('s', rows, 2)],
        options({ validationFraction: 0.1, testFraction: 0, validationRowsMin: 50 }),
      )[0]?.validation.rows;
    assert.deepEqual([1000, 400, 200, 150, 90, 2, 1].map(rowsOf), [100, 50, 50, 50, 30, 0, 0]);
  });

  test('no row is lost, none is in two parts, and what is fitted to is always the oldest', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    const fraction = fc.double({ min: 0.01, max: 0.49, noNaN: true });
    fc.assert(
      fc.property(sizes, fraction, fraction, fc.integer({ min: 0, max: 200 }), (rows, validation, testing, least) => {
        const series = rows.map((n, i) => seriesOf(String(i), n, 2));
        const split = splitByTime(
          series,
          options({ validationFraction: validation, testFraction: testing, validationRowsMin: least }),
        );
        split.forEach(({ whole, train, validation: held, validationRow, testRow }, i) => {
          assert.equal(whole, series[i]);
          const tested = whole.values.subarray(2 * testRow);
          assert.deepEqual([...train.values, ...held.values, ...tested], [...whole.values]);
          assert.deepEqual([train.rows, held.rows], [validationRow, testRow - validationRow]);
          assert.equal(held.startMs, whole.startMs + 10 * validationRow);
        });
      }),
    );
  });
});
