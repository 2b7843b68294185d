import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cutStretches } from '../../../src/diffusion/base/kalman-stretches.ts';

const stepMs = 3_600_000;
const season = { periodMs: 2 * stepMs, bins: 2, values: Float32Array.from([10, 20]) };
const segment = (rows: number, startMs = 0) => ({ z: Float32Array.from({ length: rows }, (_, t) => t), rows, startMs });

describe('cutStretches', () => {
  it('takes the seasonal mean off by the time of the row, and marks missing cells', () => {
    const one = segment(4, stepMs);
    one.z[2] = Number.NaN;
    const [stretch] = cutStretches([one], 1, season, stepMs, 100);
    assert.deepEqual([...stretch.known], [1, 1, 0, 1]);
    assert.deepEqual([...stretch.y], [0 - 20, 1 - 10, 0, 3 - 10]);
  });

  it('covers all rows where they are few, in their order', () => {
    const stretches = cutStretches([segment(500), segment(100)], 1, season, stepMs, 1e6);
    assert.equal(
      stretches.reduce((sum, s) => sum + s.rows, 0),
      600,
    );
    assert.equal(stretches[1].y[0] + season.values[0], stretches[0].rows);
  });

  it('spreads stretches over the segments where the rows are many', () => {
    const stretches = cutStretches([segment(20_000)], 1, season, stepMs, 2000);
    const rows = stretches.reduce((sum, s) => sum + s.rows, 0);
    assert.ok(rows <= 2000 && rows > 1500, `${rows} rows`);
    const starts = stretches.map((s) => s.y[0]);
    assert.ok(starts[0] < 2500 && (starts.at(-1) as number) > 17_000);
  });

  it('leaves out stretches without a value and too short to teach a step', () => {
    const empty = { z: new Float32Array(50).fill(Number.NaN), rows: 50, startMs: 0 };
    assert.deepEqual(cutStretches([empty, segment(2)], 1, season, stepMs, 100), []);
    assert.deepEqual(cutStretches([], 1, season, stepMs, 100), []);
  });
});
