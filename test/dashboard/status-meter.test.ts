import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthSource } from '../../src/dashboard/health.ts';
import { createStatusMeter } from '../../src/dashboard/status-meter.ts';
import { createManualClock } from './helpers/manual-clock.ts';

const well: HealthSource = { liveness: () => ({ ok: true, checks: [] }), readiness: () => ({ ok: true, checks: [] }) };

function createCounting() {
  const clock = createManualClock(1_000_000);
  let readingsTotal = 0;
  const meter = createStatusMeter(clock, well, () => ({
    readingsTotal,
    windowsInFlight: 3,
    lagMessages: null,
    progress: null,
    forecastCoverage90: null,
    alarmsPerSeriesDay: null,
  }));
  return { clock, meter, read: (count: number) => (readingsTotal += count) };
}

test('the rate needs two samples and follows the last seconds', () => {
  const { clock, meter, read } = createCounting();
  assert.equal(meter.sample().readingsPerSecond, null);
  for (let i = 0; i < 10; i++) {
    read(100);
    clock.advance(1000);
    meter.sample();
  }
  assert.equal(meter.sample().readingsPerSecond, 100);
  for (let i = 0; i < 10; i++) {
    clock.advance(1000);
    meter.sample();
  }
  assert.equal(meter.sample().readingsPerSecond, 0);
});

test('pages that load at the same moment do not disturb the rate', () => {
  const { clock, meter, read } = createCounting();
  meter.sample();
  read(500);
  clock.advance(1000);
  for (let i = 0; i < 50; i++) assert.equal(meter.sample().readingsPerSecond, 500);
});

test('what is wrong is told check by check, and what is right is not', () => {
  const checks = [
    { name: 'kafka', ok: true, detail: 'reading' },
    { name: 'influxdb', ok: false, detail: 'connection refused' },
    { name: 'forecast', ok: true, degraded: true, detail: '90 % intervals cover 71.0 %' },
  ];
  const health: HealthSource = { ...well, readiness: () => ({ ok: false, checks }) };
  const view = createStatusMeter(createManualClock(5), health, undefined).sample();
  assert.deepEqual(view, {
    nowMs: 5,
    ready: false,
    problems: ['influxdb: connection refused'],
    warnings: ['forecast: 90 % intervals cover 71.0 %'],
    readingsPerSecond: null,
    pipeline: null,
  });
});
