import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Matrix, solve } from 'ml-matrix';
import { pumpStation } from '../../../src/source/plant/pump-station.ts';
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

testPlantContract(pumpStation);

const clean = rowsOf(pumpStation, { steps: 6 * DAY_STEPS, faults: false, dropouts: false });
const of = (name: string) => column(pumpStation, clean, name);

test('one row a minute of ten channels, one of them a command', () => {
  assert.equal(pumpStation.channels.length, 10);
  assert.deepEqual(
    pumpStation.channels.filter(({ kind }) => kind === 'command').map(({ name }) => name),
    ['pump_speed'],
  );
  clean.forEach(({ timeMs }, k) => {
    assert.equal(timeMs, startMs + k * 60_000);
  });
});

test('every channel stays within what its instrument can show', () => {
  const ranges: Record<string, [number, number]> = {
    inflow: [20, 400],
    level: [0.3, 4.1],
    pump_speed: [30, 100],
    flow: [0, 350],
    suction_pressure: [0, 0.5],
    discharge_pressure: [0, 4],
    motor_current: [4, 80],
    bearing_temperature: [5, 80],
    vibration: [0.2, 6],
    valve_position: [10, 100],
  };
  for (const { name } of pumpStation.channels) {
    const [low, high] = ranges[name];
    for (const value of of(name)) assert.ok(value >= low && value <= high, `${name}: ${value}`);
  }
});

test('the pump runs in duty cycles of 20 to 60 minutes', () => {
  const speed = of('pump_speed');
  const starts = speed.flatMap((value, k) => (k > 0 && value > 55 && speed[k - 1] <= 55 ? [k] : []));
  const cycles = starts
    .slice(1)
    .map((start, k) => start - starts[k])
    .sort((a, b) => a - b);
  assert.ok(cycles.length > 150);
  assert.ok(cycles[Math.floor(0.05 * cycles.length)] >= 20);
  assert.ok(cycles[Math.floor(0.95 * cycles.length)] <= 60);
});

test('the wet well balances: what flows in and is not pumped raises the level', () => {
  const [inflow, flow, level] = [of('inflow'), of('flow'), of('level')];
  const net = inflow.slice(1).map((value, k) => value - flow[k + 1]);
  const rise = level.slice(1).map((value, k) => value - level[k]);
  assert.ok(correlation(net, rise) > 0.95);
});

test('two peaks a day, quieter nights and weekends, and a warm afternoon', () => {
  const inflow = of('inflow');
  const atHour = (hour: number) => mean(inflow.filter((_, k) => Math.floor(k / 60) % 24 === hour && k < 5 * DAY_STEPS));
  assert.ok(atHour(8) > 1.5 * atHour(3));
  assert.ok(atHour(19) > 1.5 * atHour(3));
  assert.ok(atHour(8) > 1.15 * atHour(16));
});

test('a regression on the other channels beats interpolation of 20-minute gaps by 30 % and more', () => {
  const half = clean.length / 2;
  const scaled = pumpStation.channels.map(({ name }) => {
    const values = of(name);
    const centre = mean(values);
    const spread = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
    return values.map((value) => (value - centre) / spread);
  });
  let regressed = 0;
  let interpolated = 0;
  scaled.forEach((target, c) => {
    const inputs = (k: number) => [1, ...scaled.filter((_, j) => j !== c).map((values) => values[k])];
    const x = new Matrix(Array.from({ length: half }, (_, k) => inputs(k)));
    const gram = x.transpose().mmul(x).add(Matrix.eye(x.columns));
    const weights = solve(gram, x.transpose().mmul(Matrix.columnVector(target.slice(0, half)))).to1DArray();
    for (let gap = half; gap + 21 < clean.length; gap += 47) {
      for (let k = gap + 1; k <= gap + 20; k++) {
        const line = target[gap] + ((target[gap + 21] - target[gap]) * (k - gap)) / 21;
        const fit = inputs(k).reduce((sum, value, i) => sum + value * weights[i], 0);
        interpolated += Math.abs(line - target[k]);
        regressed += Math.abs(fit - target[k]);
      }
    }
  });
  assert.ok(regressed < 0.7 * interpolated, `regression ${regressed}, interpolation ${interpolated}`);
});

test('about a tenth of the cells drop out, single ones and blocks', () => {
  const cells = rowsOf(pumpStation, { steps: 10 * DAY_STEPS }).map(({ observed }) => observed);
  const missing = mean(cells.flat().map((value) => (value === null ? 1 : 0)));
  assert.ok(missing > 0.07 && missing < 0.11, `${missing}`);
  const several = cells.filter((row) => row.filter((value) => value === null).length >= 4);
  assert.ok(several.length > 50, 'no bus outages');
});

test('within two weeks every kind of fault comes, two to six hours long', () => {
  const faults = pumpStation.faultsOf(optionsOf({ steps: 14 * DAY_STEPS }));
  const kinds = new Set(faults.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ['bearing_wear', 'frozen_sensor', 'leak', 'level_shift', 'stuck_valve']);
  for (const { startMs: from, endMs } of faults.slice(0, -1)) {
    assert.ok(endMs - from >= 2 * 3_600_000 && endMs - from <= 6 * 3_600_000);
  }
});

test('a run without end can be generated, but has no finite list of faults', () => {
  const endless = optionsOf({ steps: Number.POSITIVE_INFINITY });
  const first = pumpStation.generate(endless)[Symbol.iterator]().next().value;
  assert.equal(first?.timeMs, startMs);
  assert.throws(() => pumpStation.faultsOf(endless), RangeError);
});
