import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import type { FaultAt } from '../../../src/source/plant/fault-schedule.ts';
import { PUMP_FAULTS, processEffect, sensorEffect } from '../../../src/source/plant/pump-faults.ts';
import { pumpStation } from '../../../src/source/plant/pump-station.ts';
import { column, DAY_STEPS, mean, optionsOf, rowsOf, startMs } from './plant-contract.ts';

const at = (kind: string, channels: readonly string[], progress = 0.5): FaultAt => ({
  progress,
  fault: { kind, channels, series: 's', startMs: 0, endMs: 1, detectWithinMs: 1, severity: 0.5, sign: -1 },
});

test('a healthy plant has no effect', () => {
  assert.deepEqual(processEffect(null), { stuckValvePercent: null, pipeFactor: 1 });
  assert.equal(sensorEffect(null, 'flow', 3, 2), 3);
});

test('the process faults change the physics, the sensor faults only what is said', () => {
  assert.ok((processEffect(at('stuck_valve', [])).stuckValvePercent as number) < 35);
  assert.ok(processEffect(at('leak', [])).pipeFactor < 0.5);
  for (const kind of ['bearing_wear', 'frozen_sensor', 'level_shift']) {
    assert.deepEqual(processEffect(at(kind, ['flow'])), processEffect(null));
  }
});

test('only the named channels say something else', () => {
  for (const { kind } of PUMP_FAULTS) assert.equal(sensorEffect(at(kind, ['vibration']), 'flow', 3, 2), 3);
});

test('frozen is the last value, a shift is a constant, wear grows from nothing', () => {
  assert.equal(sensorEffect(at('frozen_sensor', ['flow']), 'flow', 200, 57), 57);
  const shift = sensorEffect(at('level_shift', ['flow']), 'flow', 200, 0) - 200;
  assert.ok(shift < -40);
  assert.equal(sensorEffect(at('level_shift', ['flow'], 0.9), 'flow', 90, 0) - 90, shift);
  const wear = [0, 0.2, 0.5, 0.99].map((p) => sensorEffect(at('bearing_wear', ['vibration'], p), 'vibration', 1, 0));
  assert.equal(wear[0], 1);
  wear.slice(1).forEach((value, k) => {
    assert.ok(value > wear[k]);
  });
  assert.ok(wear[3] > 2.4);
});

test('every sensor a fault can pick is a channel of the station', () => {
  const names = new Set(pumpStation.channels.map(({ name }) => name));
  const rng = createRng(1);
  for (let k = 0; k < 200; k++) {
    for (const fault of PUMP_FAULTS) for (const name of fault.channels(rng)) assert.ok(names.has(name), name);
  }
});

test('each fault is clearly visible against the same days without it, and gone soon after', () => {
  const parts = { steps: 12 * DAY_STEPS, dropouts: false };
  const broken = rowsOf(pumpStation, parts);
  const clean = rowsOf(pumpStation, { ...parts, faults: false });
  for (const { kind, channels, startMs: from, endMs } of pumpStation.faultsOf(optionsOf(parts))) {
    const window = (rows: typeof broken) => rows.slice((from - startMs) / 60_000, (endMs - startMs) / 60_000);
    const worst = channels.map((name) => {
      const [bad, good] = [column(pumpStation, window(broken), name), column(pumpStation, window(clean), name)];
      const spread = Math.sqrt(mean(good.map((value) => (value - mean(good)) ** 2)));
      return mean(bad.map((value, k) => Math.abs(value - good[k]))) / spread;
    });
    assert.ok(Math.max(...worst) > 0.3, `${kind} ${channels}: ${worst}`);
  }
});
