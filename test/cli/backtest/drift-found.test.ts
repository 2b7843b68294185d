import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { driftFound } from '../../../src/cli/backtest/drift-found.ts';
import type { AlertState, AlertTransition } from '../../../src/core/alert.ts';

const hour = 3_600_000;
const at = (hours: number) => new Date(hours * hour).toISOString();
const told = (series: string, state: AlertState, startHour: number, hours: number, summary = series) =>
  ({
    id: `${series}@${startHour}/drift`,
    kind: 'drift',
    series,
    state,
    startMs: startHour * hour,
    timeMs: hours * hour,
    summary,
  }) as AlertTransition;

describe('driftFound', () => {
  it('has one entry an alert: when it began, was first told and ended, and what was told last while it was open', () => {
    const alerts = [
      told('b', 'firing', 24, 72),
      told('a', 'firing', 0, 48, 'one channel'),
      told('a', 'firing', 0, 96, 'two channels'),
      told('a', 'resolved', 0, 120, 'over'),
      { ...told('c', 'firing', 1, 2), kind: 'anomaly' as const },
    ];
    assert.deepEqual(driftFound(alerts), [
      { series: 'a', start: at(0), told: at(48), end: at(120), summary: 'two channels' },
      { series: 'b', start: at(24), told: at(72), end: null, summary: 'b' },
    ]);
  });
});
