import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrackRecordOptions } from '../../src/forecast/track-record.ts';
import { channels, driftingFeed, ordinary, type Regime, rowsOfDay, rowsOfWeek, shape } from './drifting-feed.ts';
import { forecaster, levels, stepMs } from './fixtures.ts';

const weeks = 5;
/** Of the start, and of an abrupt change: until then the record tells of another time. */
const warmUpRows = rowsOfWeek / 2;
const { horizon } = shape;

interface Simulated {
  /** [row][channel] */
  readonly truth: Float64Array[];
  /** [row of the first value][horizon, channel, quantile] */
  readonly served: Map<number, Float64Array>;
  /** [week][member, then what was served] mean CRPS */
  readonly crps: Float64Array[];
}

function simulate(
  seed: number,
  regimeAt: (row: number) => Regime,
  changes: Partial<TrackRecordOptions> = {},
): Simulated {
  const truth: Float64Array[] = [];
  const served = new Map<number, Float64Array>();
  const crps = Array.from({ length: weeks }, () => new Float64Array(4));
  const cells = new Float64Array(weeks);
  let week = 0;
  const room = forecaster({
    shape,
    pendingStatesMax: 0,
    ...changes,
    onResolved: ({ losses }) => {
      for (let k = 0; k < losses.length; k++) crps[week][k] += losses[k];
      cells[week]++;
    },
  });
  for (const inference of driftingFeed(seed, weeks * rowsOfWeek, regimeAt)) {
    const { values, endMs } = inference.window;
    for (let i = 0; i < values.length; i += channels) truth.push(values.subarray(i, i + channels));
    week = Math.floor(endMs / stepMs / rowsOfWeek);
    const { forecast } = room.serve(inference);
    if (forecast !== null) served.set(endMs / stepMs + 1, forecast.quantiles);
  }
  for (let w = 0; w < weeks; w++) for (let k = 0; k < 4; k++) crps[w][k] /= cells[w];
  return { truth, served, crps };
}

/** Coverage of the 90 % interval at one horizon in the week from `firstRow` on, with its standard error. */
function coverage({ truth, served }: Simulated, h: number, firstRow: number) {
  // what a day and channel covers hangs together; days and channels hardly do
  const inside = new Float64Array(7 * channels);
  const cells = new Float64Array(7 * channels);
  for (let row = firstRow; row < firstRow + rowsOfWeek; row++) {
    const quantiles = served.get(row - h);
    if (quantiles === undefined) continue;
    for (let c = 0; c < channels; c++) {
      const at = (h * channels + c) * levels.length;
      const block = Math.floor((row - firstRow) / rowsOfDay) * channels + c;
      cells[block]++;
      const y = truth[row][c];
      if (y >= quantiles[at] && y <= quantiles[at + levels.length - 1]) inside[block]++;
    }
  }
  const shares = inside.map((n, block) => n / cells[block]);
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1);
  return { mean, error: Math.sqrt(variance / shares.length) };
}

/** Every week that begins on a day at or after one of `starts`, and ends before the next change. */
function assertCovers(simulated: Simulated, from: number, to: number): void {
  for (let first = from; first + rowsOfWeek <= to; first += rowsOfDay) {
    for (let h = 0; h < horizon; h++) {
      const { mean, error } = coverage(simulated, h, first);
      assert.ok(
        mean > 0.88 - 2 * error && mean < 0.92 + 2 * error,
        `day ${first / rowsOfDay}, horizon ${h + 1}: ${(100 * mean).toFixed(1)} % +- ${(100 * error).toFixed(1)} %`,
      );
      assert.ok(error < 0.01, `the sample is too small to tell: +- ${error}`);
    }
  }
}

/** Never worse than the best member of the week by more than a hair; in a week in which another becomes the best, better than the network. */
function assertMixes({ crps }: Simulated, changing = -1): void {
  crps.forEach((week, w) => {
    const best = Math.min(...week.subarray(0, 3));
    assert.ok(week[3] < (w === changing ? week[0] : 1.01 * best), `week ${w}: ${[...week]}`);
  });
}

const ramp = (row: number, from: number, to: number) => Math.min(1, Math.max(0, (row - from) / (to - from)));
const end = weeks * rowsOfWeek;
const change = 2 * rowsOfWeek;

describe('forecasts of a drifting feed: the 90 % interval of every horizon covers 88 to 92 % of any week', () => {
  it('of a feed that stays as it was', () => {
    const simulated = simulate(1, () => ordinary);
    assertCovers(simulated, warmUpRows, end);
    assertMixes(simulated);
  });

  it('while its noise grows to twice, and the model alone covers 60 % in the end', () => {
    const regime = (row: number) => ({ ...ordinary, noise: 1 + ramp(row, rowsOfWeek, 4 * rowsOfWeek) });
    const simulated = simulate(2, regime);
    assertCovers(simulated, warmUpRows, end);
    assertMixes(simulated);
    const alone = simulate(2, regime, { rescale: false, mixture: false });
    for (let h = 0; h < horizon; h++) assert.ok(coverage(alone, h, 4 * rowsOfWeek).mean < 0.65);
  });

  it('after its noise has jumped to 1.8 times, or fallen to .6 times', () => {
    for (const [seed, noise] of [
      [3, 1.8],
      [4, 0.6],
    ] as const) {
      const simulated = simulate(seed, (row) => (row < change ? ordinary : { ...ordinary, noise }));
      assertCovers(simulated, warmUpRows, change);
      assertCovers(simulated, change + warmUpRows, end);
      assertMixes(simulated);
    }
  });

  it('while its level drifts away by ten standard deviations, where the model alone loses it altogether', () => {
    const regime = (row: number) => ({ ...ordinary, level: 3 * ramp(row, rowsOfWeek, 4 * rowsOfWeek) });
    const simulated = simulate(5, regime);
    assertCovers(simulated, warmUpRows, end);
    assertMixes(simulated);
    const last = simulated.crps[weeks - 1];
    assert.ok(last[3] < 0.4 * last[0], `served ${last[3]}, the network rescaled ${last[0]}`);
  });

  it('after its daily cycle has changed size and time', () => {
    const simulated = simulate(6, (row) => (row < change ? ordinary : { ...ordinary, amplitude: 0.4, shift: 60 }));
    assertCovers(simulated, warmUpRows, change);
    assertCovers(simulated, change + warmUpRows, end);
    assertMixes(simulated, change / rowsOfWeek);
  });
});
