import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { splitByTime } from '../../../src/cli/train/split.ts';

const seriesOf = (name: string, rows: number, channels: number) => ({
  series: name,
  startMs: 1000,
  rows,
  values: Float64Array.from({ length: rows * channels }, (_, i) => i),
});

describe('splitByTime', () => {
  test('the newest share is held out', () => {
    const { train, held } = splitByTime([seriesOf('s', 100, 2)], 2, 10, 0.2, 0);
    assert.deepEqual([train[0]?.rows, held[0]?.rows], [80, 20]);
    assert.deepEqual([train[0]?.startMs, held[0]?.startMs], [1000, 1800]);
    assert.equal(train[0]?.values.at(-1), 159);
    assert.equal(held[0]?.values[0], 160);
  });

  test('a short series holds out the rows that are needed, but never more than a third', () => {
    const heldRows = (rows: number) => splitByTime([seriesOf('s', rows, 1)], 1, 10, 0.1, 50).held[0]?.rows;
    assert.deepEqual([1000, 400, 200, 150, 90, 2, 1].map(heldRows), [100, 50, 50, 50, 30, 0, 0]);
  });

  test('no row is lost, none is in both parts, and training always comes first', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0.01, max: 0.49, noNaN: true }),
        fc.integer({ min: 0, max: 200 }),
        (rows, channels, fraction, rowsMin) => {
          const series = rows.map((n, i) => seriesOf(String(i), n, channels));
          const { train, held } = splitByTime(series, channels, 10, fraction, rowsMin);
          series.forEach((whole, i) => {
            const [first, last] = [train[i], held[i]];
            assert.ok(first !== undefined && last !== undefined);
            assert.deepEqual([...first.values, ...last.values], [...whole.values]);
            assert.equal(first.rows + last.rows, whole.rows);
            assert.equal(last.startMs, whole.startMs + first.rows * 10);
            assert.ok(first.rows > 0);
          });
        },
      ),
    );
  });
});
