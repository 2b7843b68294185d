import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hideCells } from '../../../src/cli/evaluate/hide-cells.ts';
import { createRng } from '../../../src/core/rng.ts';

const count = (cells: Uint8Array) => cells.reduce((a, b) => a + b, 0);

describe('hideCells', () => {
  test('hides about a tenth of the observed cells', () => {
    for (const channels of [1, 3, 10]) {
      const rows = 20_000;
      const share =
        count(hideCells(new Float64Array(rows * channels), channels, 0, rows, createRng(5))) / (rows * channels);
      assert.ok(share > 0.07 && share < 0.12, `${channels} channels: ${share}`);
    }
  });

  test('hides single cells, blocks of one channel, and several channels at once', () => {
    const [rows, channels] = [20_000, 4];
    const hidden = hideCells(new Float64Array(rows * channels), channels, 0, rows, createRng(5));
    const runs: number[] = [];
    let together = 0;
    for (let c = 0; c < channels; c++) {
      for (let row = 0, run = 0; row <= rows; row++) {
        if (row < rows && hidden[row * channels + c] === 1) run++;
        else if (run > 0) {
          runs.push(run);
          run = 0;
        }
      }
    }
    for (let row = 0; row < rows; row++)
      if (count(hidden.subarray(row * channels, (row + 1) * channels)) >= 3) together++;
    assert.ok(runs.filter((run) => run === 1).length > 1000);
    assert.ok(runs.filter((run) => run >= 5 && run <= 21).length > 200);
    assert.ok(together > 100, `${together} rows with most channels hidden`);
  });

  test('leaves missing cells and the rows outside alone; the same seed hides the same', () => {
    const shape = fc.record({
      seed: fc.integer(),
      channels: fc.integer({ min: 1, max: 5 }),
      rows: fc.integer({ min: 1, max: 200 }),
      first: fc.integer({ min: 0, max: 220 }),
      last: fc.integer({ min: -30, max: 200 }),
    });
    fc.assert(
      fc.property(shape, ({ seed, channels, rows, first, last }) => {
        const values = Float64Array.from({ length: rows * channels }, (_, i) => (i % 3 === 0 ? Number.NaN : i));
        const end = Math.min(rows, last);
        const hidden = hideCells(values, channels, first, end, createRng(seed));
        assert.deepEqual(hideCells(values, channels, first, end, createRng(seed)), hidden);
        assert.equal(hidden.length, values.length);
        hidden.forEach((h, i) => {
          if (h === 0) return;
          const row = Math.floor(i / channels);
          assert.ok(row >= first && row < end && i % 3 !== 0);
        });
      }),
    );
  });
});
