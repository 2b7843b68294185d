import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AlarmMonitor } from '../../src/alert/alarm-monitor.ts';
import type { AlertTransition, Outcome } from '../../src/core/alert.ts';

const dayMs = 86_400_000;
const stepMs = 600_000;

function created() {
  const gauges: (number | null)[] = [];
  const monitor = new AlarmMonitor({ gauge: (_, value) => void gauges.push(value) });
  const outcome = (
    endMs: number,
    changes: { learning?: boolean; score?: number; alerts?: Partial<AlertTransition>[] } = {},
  ) =>
    ({
      verdict: {
        inference: { window: { endMs, stepMs } },
        rows: [{ timeMs: endMs, score: changes.score ?? 1, learning: changes.learning ?? false }],
      },
      alerts: changes.alerts ?? [],
    }) as unknown as Outcome;
  return { monitor, gauges, outcome };
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
});
