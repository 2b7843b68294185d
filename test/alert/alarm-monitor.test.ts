import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AlarmMonitor } from '../../src/alert/alarm-monitor.ts';
import type { AlertTransition, Outcome } from '../../src/core/alert.ts';
import type { RowVerdict } from '../../src/core/verdict.ts';

const dayMs = 86_400_000;
const stepMs = 600_000;

function created() {
  const gauges: (number | null)[] = [];
  const shares: Record<string, number | null> = {};
  const monitor = new AlarmMonitor({
    gauge: (name, value, labels = {}) => {
      if (name === 'alarms_per_series_day') gauges.push(value);
      else shares[`${name} ${labels.score}`] = value;
    },
  });
  const outcome = (endMs: number, changes: Partial<RowVerdict> & { alerts?: Partial<AlertTransition>[] } = {}) =>
    ({
      verdict: {
        inference: { window: { endMs, stepMs } },
        rows: [{ timeMs: endMs, score: 1, learning: false, alarm: false, ...changes }],
      },
      alerts: changes.alerts ?? [],
    }) as unknown as Outcome;
  return { monitor, gauges, shares, outcome };
}

const firing = { kind: 'anomaly', state: 'firing' } as const;

describe('AlarmMonitor', () => {
  it('knows nothing before the first row that could raise an alarm', () => {
    const { monitor, gauges, outcome } = created();
    monitor.add(outcome(0, { learning: true }));
    monitor.add(outcome(stepMs, { score: Number.NaN }));
    monitor.add({ verdict: null, alerts: [] });
    assert.equal(monitor.alarmsPerSeriesDay, null);
    assert.deepEqual(gauges, []);
  });

  it('counts firing anomalies for each day of rows of a series, and nothing else', () => {
    const { monitor, gauges, outcome } = created();
    const rows = dayMs / stepMs;
    for (let row = 0; row < rows; row++) {
      const alerts =
        row === 20 ? [firing, { ...firing, state: 'pending' as const }, { ...firing, kind: 'silent' as const }] : [];
      monitor.add(outcome(row * stepMs, { alerts }));
      monitor.add(outcome(row * stepMs)); // another series
    }
    assert.ok(Math.abs(monitor.seriesDays - 2) < 0.11, `${monitor.seriesDays} days`);
    assert.ok(Math.abs((monitor.alarmsPerSeriesDay ?? 0) - 0.5) < 0.04, `${monitor.alarmsPerSeriesDay} a day`);
    assert.ok(gauges.length > 2 && gauges.every((value) => value !== null && value >= 0));
  });

  it('lets a week ago count half, and a late verdict of another series as well as a new one', () => {
    const { monitor, outcome } = created();
    monitor.add(outcome(0, { alerts: [firing] }));
    const before = monitor.seriesDays;
    monitor.add(outcome(7 * dayMs));
    assert.ok(Math.abs(monitor.seriesDays - before * 1.5) < 1e-9);
    assert.ok(Math.abs((monitor.alarmsPerSeriesDay ?? 0) * monitor.seriesDays - 0.5) < 1e-9);
    monitor.add(outcome(0));
    assert.ok(Math.abs(monitor.seriesDays - before * 2.5) < 1e-9);
  });

  it('tells the share of rows in alarm, of the references beside the model, each among the rows that could be', () => {
    const { monitor, shares, outcome } = created();
    const says = (alarm: boolean, learning = false) => ({ score: 1, pValue: 1, alarm, learning });
    for (let row = 0; row < 65; row++) {
      const references = { ridge_var: says(row % 4 === 0, row < 25), z_score: says(row === 64) };
      monitor.add(outcome(0, { alarm: row % 2 === 0, references }));
    }
    assert.equal(monitor.alarmRowsShare('model'), 33 / 65);
    assert.equal(monitor.alarmRowsShare('ridge_var'), 10 / 40);
    assert.deepEqual(shares, {
      'alarm_rows_share model': 33 / 65,
      'alarm_rows_share ridge_var': 10 / 40,
      'alarm_rows_share z_score': 1 / 65,
    });
    monitor.add(outcome(7 * dayMs, { alarm: false }));
    assert.equal(monitor.alarmRowsShare('model'), 33 / 2 / (65 / 2 + 1));
    assert.equal(monitor.alarmRowsShare('ridge_var'), 10 / 40, 'nothing was said of it since');
  });

  it('tells nothing of references that are switched off', () => {
    const { monitor, shares, outcome } = created();
    monitor.add(outcome(0));
    assert.deepEqual(shares, { 'alarm_rows_share model': 0 });
    assert.equal(monitor.alarmRowsShare('z_score'), null);
  });
});
