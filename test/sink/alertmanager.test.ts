import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toAlertmanager } from '../../src/sink/alertmanager.ts';
import { alertWith, channels } from './fixtures.ts';

const settings = { pipeline: 'demo', severity: 'warning', nowMs: 60_000, firingMsMax: 1000 };

describe('toAlertmanager', () => {
  test('a firing alert ends far ahead, so that nobody has to repeat it', () => {
    assert.deepEqual(toAlertmanager(alertWith(), channels, settings), {
      labels: { alertname: 'DriftcastAnomaly', pipeline: 'demo', series: 'pump-1', severity: 'warning' },
      annotations: {
        summary: 'temp is 8, expected 2 +- 1',
        id: 'pump-1@9000',
        channels: 'temp',
        first: 'flow at 1970-01-01T00:01:00.000Z',
        peak_score: '4.5',
        min_p_value: '0.001',
      },
      startsAt: '1970-01-01T00:00:09.000Z',
      endsAt: '1970-01-01T00:01:01.000Z',
    });
  });

  test('resolved meets firing: the same labels and start, the end in event time', () => {
    const firing = toAlertmanager(alertWith(), channels, settings);
    const resolved = toAlertmanager(alertWith({ state: 'resolved', timeMs: 20_000 }), channels, settings);
    assert.deepEqual(resolved?.labels, firing?.labels);
    assert.equal(resolved?.startsAt, firing?.startsAt);
    assert.equal(resolved?.endsAt, '1970-01-01T00:00:20.000Z');
  });

  test('pending ones are kept back; a silent series has a name of its own and no score', () => {
    assert.equal(toAlertmanager(alertWith({ state: 'pending' }), channels, settings), null);
    const silent = alertWith({
      kind: 'silent',
      peakScore: Number.NaN,
      minPValue: Number.NaN,
      channels: [],
      first: null,
    });
    const alert = toAlertmanager(silent, channels, { ...settings, firingMsMax: 0 });
    assert.equal(alert?.labels.alertname, 'DriftcastSilent');
    assert.deepEqual(Object.keys(alert?.annotations ?? {}), ['summary', 'id']);
    assert.equal(alert && 'endsAt' in alert, false);
    assert.equal(toAlertmanager(alertWith({ kind: 'drift' }), channels, settings)?.labels.alertname, 'DriftcastDrift');
  });
});
