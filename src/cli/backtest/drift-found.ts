import type { AlertTransition } from '../../core/alert.ts';
import type { MetricsJson } from '../../eval/metrics-json.ts';

/** What changed for good, one entry an alert: as it was told last while it was open. Oldest first. */
export function driftFound(alerts: readonly AlertTransition[]): NonNullable<MetricsJson['drift']> {
  const byId = new Map<string, NonNullable<MetricsJson['drift']>[number]>();
  for (const { id, kind, series, state, startMs, timeMs, summary } of alerts) {
    if (kind !== 'drift') continue;
    const before = byId.get(id);
    const told = new Date(timeMs).toISOString();
    if (state === 'resolved') {
      if (before !== undefined) byId.set(id, { ...before, end: told });
    } else
      byId.set(id, { series, start: new Date(startMs).toISOString(), told: before?.told ?? told, end: null, summary });
  }
  return [...byId.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
}
