import assert from 'node:assert/strict';
import { test } from 'node:test';
import { server } from '../../../src/source/plant/server.ts';
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

testPlantContract(server);

const clean = rowsOf(server, { steps: 2 * DAY_STEPS, faults: false, dropouts: false });
const of = (series: string, name: string) =>
  column(
    server,
    clean.filter((row) => row.series === series),
    name,
  );

test('eight servers report twelve channels every minute', () => {
  assert.equal(clean.length, 8 * 2 * DAY_STEPS);
  clean.forEach(({ timeMs, series }, k) => {
    assert.equal(timeMs, startMs + Math.floor(k / 8) * 60_000);
    assert.equal(series, `web-${(k % 8) + 1}`);
  });
  assert.equal(server.channels.length, 12);
});

test('percentages stay below 100, alone and together; nothing is negative', () => {
  for (const row of rowsOf(server, { steps: 4 * DAY_STEPS })) {
    const [user, system, iowait, , memory] = row.values;
    assert.ok(user + system + iowait <= 125 && user <= 100 && system <= 100 && iowait <= 100 && memory <= 100);
    assert.ok(row.values.every((value) => value >= 0));
  }
});

test('requests drive processor, network and connections', () => {
  const requests = of('web-3', 'requests');
  for (const name of ['cpu_user', 'cpu_system', 'net_rx', 'net_tx', 'tcp_established']) {
    assert.ok(correlation(requests, of('web-3', name)) > 0.75, name);
  }
});

test('the servers share their load', () => {
  assert.ok(correlation(of('web-1', 'requests'), of('web-6', 'requests')) > 0.8);
});

test('there is a day and a night, and an hourly job that writes', () => {
  const requests = of('web-1', 'requests').slice(0, DAY_STEPS);
  assert.ok(mean(requests.slice(600, 660)) > 2 * mean(requests.slice(180, 240)));
  const write = of('web-1', 'disk_write');
  const byMinute = Array.from({ length: 60 }, (_, m) => mean(write.filter((_, k) => k % 60 === m)));
  assert.ok(Math.max(...byMinute) > 5 * [...byMinute].sort((a, b) => a - b)[30]);
});

test('latency has a heavy tail', () => {
  const latency = of('web-1', 'latency_p95').sort((a, b) => a - b);
  const quantile = (q: number) => latency[Math.floor(q * latency.length)];
  assert.ok(quantile(0.999) - quantile(0.5) > 3 * (quantile(0.95) - quantile(0.5)));
});

test('every kind of fault comes, and shows on its channels and not before', () => {
  const parts = { steps: 9 * DAY_STEPS, dropouts: false };
  const broken = rowsOf(server, parts);
  const whole = rowsOf(server, { ...parts, faults: false });
  const kinds = new Set<string>();
  for (const fault of server.faultsOf(optionsOf(parts))) {
    if (kinds.has(fault.kind)) continue;
    kinds.add(fault.kind);
    const inside = (rows: typeof broken) =>
      rows.filter(({ series, timeMs }) => series === fault.series && timeMs >= fault.startMs && timeMs < fault.endMs);
    for (const name of fault.channels) {
      const [bad, good] = [column(server, inside(broken), name), column(server, inside(whole), name)];
      const change = Math.abs(mean(bad) - mean(good)) / mean(good);
      assert.ok(change > 0.12, `${fault.kind} of ${fault.series}: ${name} changes by ${change}`);
    }
  }
  assert.deepEqual([...kinds].sort(), [
    'dead_network',
    'disk_saturation',
    'memory_leak',
    'stuck_process',
    'traffic_surge',
  ]);
});
