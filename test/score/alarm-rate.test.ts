import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { pValueForRate, rowsPerAlarm } from '../../src/score/alarm-rate.ts';

const rules = { keepPValue: 0.05, pendingSteps: 2, resolveSteps: 8 };

/** Smoothed squares, as the score room makes them. */
function smoothedNoise(seed: number, rows: number, halfLifeSteps: number): Float64Array {
  const rng = createRng(seed);
  const keep = 2 ** (-1 / halfLifeSteps);
  let state = 1;
  return Float64Array.from({ length: rows }, () => {
    state = keep * state + (1 - keep) * rng.normal() ** 2;
    return state;
  });
}

/** Alarms that fire at a threshold, written out plainly. */
function alarmsAbove(scores: Float64Array, open: number, keep: number): number {
  let alarms = 0;
  let state: 'calm' | 'firing' = 'calm';
  let run = 0;
  let calm = 0;
  let high = false;
  for (const score of scores) {
    high = high ? score >= keep : score >= open;
    run = high ? run + 1 : 0;
    calm = high ? 0 : calm + 1;
    if (state === 'calm' && run >= rules.pendingSteps) {
      state = 'firing';
      alarms++;
    } else if (state === 'firing' && calm >= rules.resolveSteps) state = 'calm';
  }
  return alarms;
}

describe('pValueForRate', () => {
  it('is the share of the rows of a day that make so many alarms', () => {
    assert.equal(pValueForRate(1, 86_400, 10), 0.01);
    assert.equal(pValueForRate(0.5, 86_400, 10), 0.005);
  });

  it('never makes an alarm the ordinary state', () => {
    assert.equal(pValueForRate(1e9, 1000, 10), 0.49);
  });
});

describe('rowsPerAlarm', () => {
  it('turns an asked rate into about that many alarms on fresh rows', () => {
    const series = Array.from({ length: 4 }, (_, i) => smoothedNoise(i + 1, 20_000, 8));
    const rows = rowsPerAlarm(series, rules);
    assert.ok(rows !== null && rows > 2);
    const stepMs = 10_000;
    const asked = 20;
    const p = pValueForRate(asked, stepMs, rows);
    const pooled = Float64Array.from(series.flatMap((scores) => [...scores])).sort();
    const at = (share: number) => pooled[Math.floor((1 - share) * pooled.length)] as number;
    const days = 40;
    const fresh = smoothedNoise(99, (days * 86_400_000) / stepMs, 8);
    const got = alarmsAbove(fresh, at(p), Math.min(at(p), at(rules.keepPValue))) / days;
    assert.ok(got > asked / 2 && got < asked * 2, `${got} alarms a day where ${asked} were asked for`);
  });

  it('grows with the smoothing and is never below one', () => {
    const spacing = (halfLife: number) => rowsPerAlarm([smoothedNoise(5, 40_000, halfLife)], rules) ?? Number.NaN;
    assert.ok(spacing(32) > spacing(8));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        const rng = createRng(seed);
        const scores = Float64Array.from({ length: 3000 }, () => rng.uniform());
        const rows = rowsPerAlarm([scores], { ...rules, pendingSteps: 1 });
        assert.ok(rows === null || rows >= 1);
      }),
      { numRuns: 20 },
    );
  });

  it('does not guess from a few rows', () => {
    assert.equal(rowsPerAlarm([smoothedNoise(1, 60, 8)], rules), null);
    assert.equal(rowsPerAlarm([], rules), null);
  });
});
