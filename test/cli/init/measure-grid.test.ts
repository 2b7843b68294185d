import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { measureGrid } from '../../../src/cli/init/measure-grid.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import { START_MS } from './made-up.ts';

const grid = (
  offsets: readonly number[],
  asked: number | null = null,
  keys: readonly string[] = offsets.map(() => ''),
) =>
  measureGrid(
    Float64Array.from(offsets, (offset) => START_MS + offset),
    keys,
    asked,
  );
const every = (stepMs: number, count: number) => Array.from({ length: count }, (_, row) => row * stepMs);

describe('measureGrid', () => {
  it('snaps to natural durations', () => {
    for (const step of [10, 1000, 60_000, 300_000, 3_600_000, 86_400_000]) {
      const jittered = every(step, 50).map((ms, row) => ms + (row % 3) * Math.floor(step / 100));
      assert.equal(grid(jittered).stepMs, step);
      assert.equal(grid(jittered).irregular, false);
    }
    assert.equal(grid(every(7_777, 50)).stepMs, 7777);
  });

  it('sees gaps, not another step', () => {
    const found = grid([0, 60_000, 120_000, 600_000, 660_000, 720_000]);
    assert.equal(found.stepMs, 60_000);
    assert.equal(found.irregular, false);
    assert.deepEqual([...found.cells], [0, 1, 2, 10, 11, 12]);
  });

  it('says that stamps are irregular and takes the natural step nearest to their usual distance', () => {
    const found = grid([0, 13_000, 61_000, 75_000, 150_000, 183_000, 210_000, 299_000]);
    assert.equal(found.irregular, true);
    assert.equal(found.stepMs, 30_000);
  });

  it('measures within series, in any order of rows', () => {
    const found = grid([60_000, 0, 30_000, 90_000, 120_000, 150_000], null, ['a', 'a', 'b', 'b', 'a', 'b']);
    assert.equal(found.stepMs, 60_000);
    assert.deepEqual(found.starts, [0, 3, 6]);
    assert.deepEqual([...found.order], [1, 0, 4, 2, 3, 5]);
    assert.equal(found.firstMs, START_MS);
    assert.equal(found.lastMs, START_MS + 150_000);
  });

  it('takes the asked step and counts rows that share a cell', () => {
    const found = grid(every(10_000, 12), 60_000);
    assert.equal(found.stepMs, 60_000);
    assert.equal(found.doubledRows, 10);
  });

  it('leaves out rows without a time', () => {
    const found = measureGrid(Float64Array.of(START_MS, Number.NaN, START_MS + 1000), ['', '', ''], null);
    assert.deepEqual([...found.order], [0, 2]);
    assert.equal(found.stepMs, 1000);
  });

  it('fails where nothing follows anything', () => {
    const insufficient = (error: unknown) => error instanceof DriftcastError && error.code === 'DATA_INSUFFICIENT';
    assert.throws(() => grid([0]), insufficient);
    assert.throws(() => grid([5, 5, 5]), insufficient);
    assert.throws(() => grid([0, 1000], null, ['a', 'b']), insufficient);
  });

  it('orders any rows by series and time, each row once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 10 ** 7 }), fc.constantFrom('a', 'b', 'c')), { minLength: 4, maxLength: 60 }),
        (rows) => {
          const keys = rows.map(([, key]) => key);
          fc.pre(new Set(rows.map(([ms, key]) => `${ms}${key}`)).size > new Set(keys).size);
          const { order, starts, cells } = grid(
            rows.map(([ms]) => ms),
            null,
            keys,
          );
          assert.deepEqual(
            [...order].sort((a, b) => a - b),
            rows.map((_, row) => row),
          );
          for (let series = 0; series + 1 < starts.length; series++) {
            const places = [...order.slice(starts[series], starts[series + 1])];
            assert.equal(new Set(places.map((row) => keys[row])).size, 1);
            assert.deepEqual(
              places.map((row) => rows[row][0]),
              places.map((row) => rows[row][0]).sort((a, b) => a - b),
            );
            assert.equal(cells[starts[series]], 0);
          }
        },
      ),
    );
  });
});
