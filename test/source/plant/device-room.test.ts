import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { createRoom } from '../../../src/source/plant/device-room.ts';
import { DAY_MS } from '../../../src/source/plant/disturbance.ts';
import { mean, startMs } from './plant-contract.ts';

/** [day, minute] -> [temperature, humidity, co2, battery, light, motion] of one room. */
function days(count: number, seed = 3): number[][][] {
  const room = createRoom(createRng(seed), startMs);
  return Array.from({ length: count }, (_, d) =>
    Array.from({ length: 1440 }, (_, k) => room(startMs + d * DAY_MS + k * 60_000)),
  );
}

test('people come on weekdays and not at night or at weekends', () => {
  const week = days(7);
  const motion = (d: number, fromHour: number, toHour: number) =>
    mean(week[d].slice(60 * fromHour, 60 * toHour).map((row) => row[5]));
  assert.ok(motion(0, 9, 16) > 0.4);
  assert.equal(motion(0, 0, 4), 0);
  assert.equal(motion(5, 9, 16), 0);
});

test('air gets stale while they are there and fresh over night', () => {
  const [monday, tuesday] = days(2);
  assert.ok(mean(monday.slice(600, 900).map((row) => row[2])) > 600);
  assert.ok(mean(tuesday.slice(240, 300).map((row) => row[2])) < 500);
});

test('it is dark at night', () => {
  const [monday] = days(1);
  assert.ok(mean(monday.slice(60, 180).map((row) => row[4])) < 5);
  assert.ok(mean(monday.slice(660, 780).map((row) => row[4])) > 100);
});

test('the state depends on the time asked for, not on how often it is asked', () => {
  const everyMinute = days(1)[0];
  const room = createRoom(createRng(3), startMs);
  const rarely = room(startMs + 1439 * 60_000);
  // Sensor noise takes from the same stream: compare the slow quantities within their daily range.
  assert.ok(Math.abs(rarely[0] - everyMinute[1439][0]) < 3);
  assert.ok(Math.abs(rarely[2] - everyMinute[1439][2]) < 300);
});
