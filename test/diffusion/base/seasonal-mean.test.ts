import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dailyBins, fitSeasonalMean, seasonOffset } from '../../../src/diffusion/base/seasonal-mean.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Channel 0 follows the hour, channel 1 is 5 in every seen cell; every third cell of channel 1 is missing. */
function hourly(days: number, startMs = 0): { z: Float32Array; rows: number; startMs: number } {
  const rows = days * 24;
  const z = new Float32Array(rows * 2);
  for (let t = 0; t < rows; t++) {
    z[2 * t] = (startMs / hourMs + t) % 24;
    z[2 * t + 1] = t % 3 === 0 ? Number.NaN : 5;
  }
  return { z, rows, startMs };
}

describe('dailyBins', () => {
  it('gives hours to grids of an hour and less, fewer bins to longer steps', () => {
    assert.equal(dailyBins(hourMs, 24 * 7), 24);
    assert.equal(dailyBins(60_000, 60 * 24 * 7), 24);
    assert.equal(dailyBins(3 * hourMs, 8 * 7), 8);
  });

  it('gives one mean where the step is too long or the data too short', () => {
    assert.equal(dailyBins(4 * hourMs, 1e6), 1);
    assert.equal(dailyBins(hourMs, 24 * 7 - 1), 1);
  });
});

describe('fitSeasonalMean', () => {
  it('finds the mean of every hour, across segments that start at any hour', () => {
    const season = fitSeasonalMean([hourly(300), hourly(300, 7 * hourMs)], 2, hourMs);
    for (let hour = 0; hour < 24; hour++) {
      const at = seasonOffset(season, 5 * dayMs + hour * hourMs, 2);
      // 600 days against a prior of 10 days of the overall mean 11.5
      const want = (600 * hour + 10 * 11.5) / 610;
      assert.ok(Math.abs(season.values[at] - want) < 1e-4, `hour ${hour}: ${season.values[at]}, expected ${want}`);
      assert.ok(Math.abs(season.values[at + 1] - 5) < 1e-6);
    }
  });

  it('counts days, not cells: a finer grid does not trust a bin sooner', () => {
    const days = 10;
    const fine = new Float32Array(days * 24 * 60);
    for (let t = 0; t < fine.length; t++) fine[t] = Math.floor(t / 60) % 24;
    const minutely = fitSeasonalMean([{ z: fine, rows: fine.length, startMs: 0 }], 1, 60_000);
    assert.ok(Math.abs(minutely.values[23] - (10 * 23 + 10 * 11.5) / 20) < 1e-3);
  });

  it('falls back to the overall mean with few rows, and to 0 without a cell', () => {
    const short = fitSeasonalMean([hourly(2)], 2, hourMs);
    assert.equal(short.bins, 1);
    assert.ok(Math.abs(short.values[0] - 11.5) < 1e-5);
    const none = fitSeasonalMean([{ z: new Float32Array(480).fill(Number.NaN), rows: 240, startMs: 0 }], 2, hourMs);
    assert.ok(none.values.every((value) => value === 0));
  });
});

describe('seasonOffset', () => {
  it('is periodic, before 1970 too', () => {
    const season = { periodMs: dayMs, bins: 24, values: new Float32Array(48) };
    assert.equal(seasonOffset(season, -hourMs, 2), 46);
    assert.equal(seasonOffset(season, dayMs * 400 + 3 * hourMs + 59 * 60_000, 2), 6);
  });
});
