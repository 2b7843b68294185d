import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ForecastMonitor } from '../../src/forecast/forecast-monitor.ts';
import type { ResolvedCell } from '../../src/forecast/series-forecast.ts';

function created() {
  const gauges = new Map<string, number | null>();
  let resolved = 0;
  const monitor = new ForecastMonitor(
    {
      gauge: (name, value, labels = {}) => void gauges.set([name, ...Object.values(labels)].join(' '), value),
      count: (_, by = 1) => {
        resolved += by;
      },
    },
    [true, false],
  );
  const cell = (changes: Partial<ResolvedCell> = {}): ResolvedCell => ({
    channel: 0,
    y: 0,
    low: -1,
    high: 1,
    losses: Float64Array.of(1, 2, 3, 0.5),
    scale: 2,
    ...changes,
  });
  return { monitor, gauges, cell, resolved: () => resolved };
}

describe('ForecastMonitor', () => {
  it('knows nothing at first, and is well', () => {
    const { monitor } = created();
    assert.equal(monitor.coverage90, null);
    assert.deepEqual(monitor.health(), { ok: true, degraded: false, detail: '0 of 5000 forecast values resolved' });
  });

  it('publishes coverage and the CRPS of everybody in units of the channel', () => {
    const { monitor, gauges, cell, resolved } = created();
    for (let n = 0; n < 1000; n++) monitor.add(cell({ y: n % 10 === 0 ? 5 : 1 }));
    assert.equal(resolved(), 1000);
    const near = (name: string, want: number) =>
      assert.ok(Math.abs((gauges.get(name) ?? Number.NaN) - want) < 1e-3, `${name}: ${gauges.get(name)}`);
    near('forecast_coverage_90', 0.9);
    near('forecast_crps network', 0.5);
    near('forecast_crps ridge', 1);
    near('forecast_crps smoothing', 1.5);
    near('forecast_crps served', 0.25);
    assert.equal(gauges.size, 5);
  });

  it('what is set, what stands still and what has no spread does not count', () => {
    const { monitor, cell } = created();
    monitor.add(cell({ channel: 1 }));
    monitor.add(cell({ low: 0, high: 0 }));
    monitor.add(cell({ scale: 0 }));
    assert.equal(monitor.coverage90, null);
  });

  it('is degraded, never down, where intervals are far from what they claim and there is evidence enough', () => {
    const after = (cells: number, missEvery: number) => {
      const { monitor, cell } = created();
      for (let n = 1; n <= cells; n++) monitor.add(cell({ y: n % missEvery === 0 ? 5 : 0 }));
      return monitor.health();
    };
    assert.deepEqual(after(4999, 2), { ok: true, degraded: false, detail: '4999 of 5000 forecast values resolved' });
    assert.deepEqual(after(5000, 10), { ok: true, degraded: false, detail: '90 % intervals cover 90.0 %' });
    assert.equal(after(5000, 4).degraded, true, '75 %');
    assert.equal(after(5000, 6).degraded, false, '83 %');
    assert.equal(after(5000, 1e9).degraded, true, '100 %');
    assert.equal(after(5000, 2).ok, true);
  });

  it('forgets: after a change the coverage is that of now', () => {
    const { monitor, cell } = created();
    for (let n = 0; n < 20_000; n++) monitor.add(cell());
    for (let n = 0; n < 100_000; n++) monitor.add(cell({ y: n % 2 === 0 ? 5 : 0 }));
    // 2^-5 of the old weight is left, and it was 1
    assert.ok(Math.abs((monitor.coverage90 ?? 0) - 0.5) < 0.03);
  });
});
