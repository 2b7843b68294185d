import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import type { FaultAt } from '../../../src/source/plant/fault-schedule.ts';
import { SERVER_FAULTS, serverEffect } from '../../../src/source/plant/server-faults.ts';
import { createServerModel } from '../../../src/source/plant/server-model.ts';

const at = (kind: string, progress = 0.5): FaultAt => ({
  progress,
  fault: { kind, channels: [], series: 's', startMs: 0, endMs: 1, detectWithinMs: 1, severity: 0.5, sign: 1 },
});

/** One hour under constant demand; the last minute. */
function lastMinute(demand: number, fault: FaultAt | null = null): number[] {
  const step = createServerModel(createRng(5));
  let values: number[] = [];
  for (let minute = 0; minute < 60; minute++) values = step(minute * 60_000, demand, serverEffect(fault));
  return values;
}

test('every kind of fault has an effect, health has none', () => {
  const healthy = serverEffect(null);
  for (const { kind } of SERVER_FAULTS) assert.notDeepEqual(serverEffect(at(kind)), healthy, kind);
  assert.throws(() => serverEffect(at('gremlins')), RangeError);
});

test('a leak grows with time', () => {
  assert.equal(serverEffect(at('memory_leak', 0)).leakedPercent, 0);
  assert.ok(serverEffect(at('memory_leak', 0.9)).leakedPercent > serverEffect(at('memory_leak', 0.3)).leakedPercent);
});

test('more demand, more of everything that requests cost', () => {
  const [quiet, busy] = [lastMinute(0.3), lastMinute(1.5)];
  // cpu_user, cpu_system, load1, net_rx, net_tx, tcp_established, requests
  for (const c of [0, 1, 3, 7, 8, 9, 10]) assert.ok(busy[c] > 1.5 * quiet[c], `channel ${c}`);
});

test('a dead network leaves the machine idle', () => {
  const [alive, dead] = [lastMinute(1), lastMinute(1, at('dead_network'))];
  assert.ok(dead[10] < 0.05 * alive[10]);
  assert.ok(dead[8] < 0.1 * alive[8]);
  assert.ok(dead[0] < alive[0]);
});

test('overload saturates instead of passing 100 %', () => {
  for (const { kind } of [{ kind: 'disk_saturation' }, ...SERVER_FAULTS]) {
    const values = lastMinute(20, at(kind, 0.99));
    assert.ok(
      values.every((value) => Number.isFinite(value) && value >= 0),
      `${kind}: ${values}`,
    );
    assert.ok(values[0] < 100 && values[1] < 30 && values[2] < 100 && values[4] <= 100, `${kind}: ${values}`);
  }
});
