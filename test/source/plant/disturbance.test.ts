import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import {
  autoregressive,
  bursts,
  DAY_MS,
  dailyCurve,
  HOUR_MS,
  isWeekend,
  lag,
  weekday,
} from '../../../src/source/plant/disturbance.ts';
import { correlation, mean } from './plant-contract.ts';

test('autoregressive: the asked spread and memory', () => {
  const next = autoregressive(createRng(3), 2, 10);
  const values = Array.from({ length: 40_000 }, next);
  assert.ok(Math.abs(mean(values)) < 0.2);
  assert.ok(Math.abs(Math.sqrt(mean(values.map((value) => value * value))) - 2) < 0.1);
  assert.ok(Math.abs(correlation(values.slice(0, -10), values.slice(10)) - Math.exp(-1)) < 0.05);
});

test('bursts: rare, bounded, decaying', () => {
  const next = bursts(createRng(4), 100, 1.5, 5);
  const values = Array.from({ length: 20_000 }, next);
  assert.ok(values.every((value) => value >= 0 && value <= 1.5));
  assert.ok(mean(values.map((value) => (value > 0.2 ? 1 : 0))) < 0.2);
  const starts = values.filter((value, k) => k > 0 && value > values[k - 1]).length;
  assert.ok(starts > 100 && starts < 300, `${starts}`);
});

test('lag: closes 63 % of the distance in one time constant', () => {
  let state = 0;
  for (let k = 0; k < 12; k++) state = lag(state, 1, 12);
  assert.ok(Math.abs(state - (1 - Math.exp(-1))) < 1e-12);
});

test('dailyCurve: periodic, continuous at midnight, highest at its peaks', () => {
  const peaks = [{ hour: 23, widthHours: 2, height: 1 }];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (timeMs) => {
      assert.ok(Math.abs(dailyCurve(timeMs, peaks) - dailyCurve(timeMs + DAY_MS, peaks)) < 1e-9);
      assert.ok(Math.abs(dailyCurve(timeMs, peaks) - dailyCurve(timeMs + 60_000, peaks)) < 0.01);
      assert.ok(dailyCurve(timeMs, peaks) <= dailyCurve(23 * HOUR_MS, peaks));
    }),
  );
});

test('weekday agrees with the calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (timeMs) => {
      const sunday0 = new Date(timeMs).getUTCDay();
      assert.equal(weekday(timeMs), (sunday0 + 6) % 7);
      assert.equal(isWeekend(timeMs), sunday0 === 0 || sunday0 === 6);
    }),
  );
});
