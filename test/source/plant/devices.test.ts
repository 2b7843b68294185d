import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERY_MS_MAX, devices } from '../../../src/source/plant/devices.ts';
import { rowMessage } from '../../../src/source/plant/plant.ts';
import {
  column,
  correlation,
  DAY_STEPS,
  mean,
  optionsOf,
  rowsOf,
  startMs,
  testPlantContract,
} from './plant-contract.ts';

testPlantContract(devices);

const rows = rowsOf(devices, { steps: 2 * DAY_STEPS, faults: false });
const whole = rowsOf(devices, { steps: DAY_STEPS, faults: false, dropouts: false });
const timesOf = (from: typeof rows, series: string) =>
  from
    .filter((row) => row.series === series)
    .map(({ timeMs }) => timeMs)
    .sort((a, b) => a - b);
const gapsOf = (times: readonly number[]) => times.slice(1).map((timeMs, k) => timeMs - times[k]);

test('every device reports at its own period of 40 to 90 s, with jitter', () => {
  const periods = devices.series.map((series) => {
    const gaps = gapsOf(timesOf(whole, series));
    assert.ok(Math.max(...gaps) - Math.min(...gaps) > 1000, `${series} is regular`);
    return mean(gaps);
  });
  for (const period of periods) assert.ok(period > 39_000 && period < 92_000, `${period}`);
  assert.ok(Math.max(...periods) - Math.min(...periods) > 15_000);
});

test('delivery is out of order, but by no more than a minute and two clocks', () => {
  let newestMs = Number.NEGATIVE_INFINITY;
  let late = 0;
  for (const { timeMs } of whole) {
    if (timeMs < newestMs) late += 1;
    assert.ok(newestMs - timeMs <= DELIVERY_MS_MAX + 40_000);
    newestMs = Math.max(newestMs, timeMs);
  }
  assert.ok(late > 0.05 * whole.length);
});

test('without dropouts no report is lost; with them some are, and devices fall silent for an hour and more', () => {
  const longest = (from: typeof rows) => Math.max(...devices.series.flatMap((series) => gapsOf(timesOf(from, series))));
  assert.ok(longest(whole) < 100_000);
  assert.ok(longest(rows) > 3_600_000);
  assert.ok(longest(rows) < 9 * 3_600_000);
});

test('channels have their own cadence, and absent ones are left out of the message', () => {
  const counts = devices.channels.map((_, c) => mean(whole.map(({ observed }) => (observed[c] === null ? 0 : 1))));
  const expected = [1, 1, 1 / 2, 1 / 10, 1, 1];
  counts.forEach((share, c) => {
    assert.ok(Math.abs(share - expected[c]) < 0.02, `${devices.channels[c].name} ${share}`);
  });
  const row = whole.find(({ observed }) => observed[3] === null);
  assert.ok(row !== undefined && !('battery' in rowMessage(devices, row)));
});

test('people warm the room and fill it with CO2 and light', () => {
  const office = whole.filter(({ series }) => series === 'dev-05');
  const motion = column(devices, office, 'motion');
  assert.ok(motion.every((value) => value === 0 || value === 1));
  for (const name of ['light', 'co2', 'temperature']) {
    assert.ok(correlation(motion, column(devices, office, name)) > 0.25, name);
  }
});

test('batteries run down, air stays air', () => {
  const month = rowsOf(devices, { steps: 3 * DAY_STEPS, faults: false }).filter(({ series }) => series === 'dev-02');
  const battery = column(devices, month, 'battery');
  assert.ok(mean(battery.slice(0, 200)) > mean(battery.slice(-200)));
  for (const humidity of column(devices, month, 'humidity')) assert.ok(humidity > 10 && humidity < 90);
  for (const co2 of column(devices, month, 'co2')) assert.ok(co2 > 300 && co2 < 4000);
});

test('every kind of fault comes and shows on its channels', () => {
  const parts = { steps: 5 * DAY_STEPS, dropouts: false };
  const kinds = new Set(devices.faultsOf(optionsOf(parts)).map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ['co2_offset', 'dark_sensor', 'frozen_sensor', 'overheating']);
  const broken = rowsOf(devices, parts);
  for (const fault of devices.faultsOf(optionsOf(parts)).filter(({ kind }) => kind === 'overheating')) {
    const inside = broken.filter(
      ({ series, timeMs }) =>
        series === fault.series && timeMs > (fault.startMs + fault.endMs) / 2 && timeMs < fault.endMs - 60_000,
    );
    if (inside.length > 20) assert.ok(mean(column(devices, inside, 'temperature')) > 25);
  }
});

test('the feed begins within the first period and ends with the run', () => {
  const times = whole.map(({ timeMs }) => timeMs);
  assert.ok(Math.min(...times) < startMs + 90_000);
  assert.ok(Math.max(...times) <= startMs + DAY_STEPS * 60_000 + 20_000);
});
