import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DriftMonitor } from '../../src/alert/drift-monitor.ts';
import type { Outcome } from '../../src/core/alert.ts';
import type { DriftFinding } from '../../src/core/drift.ts';
import { channels } from './verdicts.ts';

const found: DriftFinding = { channel: 0, kind: 'level_shift', sinceMs: 0, was: 8, now: 12.1, size: 3 };
const outcome = (series: string, ...drift: readonly DriftFinding[]) =>
  ({ verdict: { inference: { window: { series, drift } } }, alerts: [] }) as unknown as Outcome;

function created(seriesMax = 10) {
  const gauges: number[] = [];
  const telemetry = { gauge: (_: string, value: number) => void gauges.push(value) };
  return { gauges, monitor: new DriftMonitor(telemetry, { channels, action: 'retrain', seriesMax }) };
}

describe('DriftMonitor', () => {
  it('says of how many series a channel has changed for good, and of which first', () => {
    const { gauges, monitor } = created();
    assert.equal(monitor.health().degraded, false);
    for (const one of [outcome('a'), outcome('b', found), outcome('c', found), outcome('c', found)]) monitor.add(one);
    monitor.add({ verdict: null, alerts: [] });
    assert.deepEqual(gauges, [0, 1, 2]);
    const { ok, degraded, detail } = monitor.health();
    assert.deepEqual([ok, degraded], [true, true]);
    assert.match(detail, /^b: flow_out has moved and stays there \(12.1 l\/s, was 8\).* \(and 1 other series\)$/);
    monitor.add(outcome('b'));
    monitor.add(outcome('c'));
    assert.deepEqual([gauges.at(-1), monitor.health().degraded], [0, false]);
  });

  it('remembers so many series at most', () => {
    const { gauges, monitor } = created(2);
    for (const series of ['a', 'b', 'c']) monitor.add(outcome(series, found));
    assert.deepEqual(gauges, [0, 1, 2]);
    assert.match(monitor.health().detail, /^b: /);
  });
});
