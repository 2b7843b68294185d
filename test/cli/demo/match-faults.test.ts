import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { firedIncidents, type Incident, matchFaults } from '../../../src/cli/demo/match-faults.ts';
import type { Fault } from '../../../src/source/plant/plant.ts';
import { alertOf, stepMs } from '../evaluate/made-up-verdicts.ts';

const fault = (start: number, end: number, series = 's'): Fault => ({
  kind: 'leak',
  channels: ['flow'],
  series,
  startMs: start,
  endMs: end,
  detectWithinMs: 10,
});
const incident = (startMs: number, firedMs: number, endMs: number, series = 's'): Incident => ({
  id: `${series}@${startMs}`,
  series,
  startMs,
  firedMs,
  endMs,
  channels: [],
});

describe('firedIncidents', () => {
  const names = ['flow', 'level'];

  test('an incident is what fired; it ends when it is resolved, or with the run', () => {
    const alerts = [
      alertOf('s', 'pending', 3, 3),
      alertOf('s', 'firing', 5, 3, [1]),
      alertOf('s', 'resolved', 9, 3, [1, 0]),
      alertOf('s', 'pending', 12, 12),
      alertOf('s', 'resolved', 13, 12),
      alertOf('s', 'firing', 20, 20),
    ];
    assert.deepEqual(firedIncidents(alerts, names, 30 * stepMs), [
      {
        id: alerts[0]?.id,
        series: 's',
        startMs: 3 * stepMs,
        firedMs: 5 * stepMs,
        endMs: 9 * stepMs,
        channels: ['level', 'flow'],
      },
      {
        id: alerts[5]?.id,
        series: 's',
        startMs: 20 * stepMs,
        firedMs: 20 * stepMs,
        endMs: 30 * stepMs,
        channels: ['flow'],
      },
    ]);
  });

  test('a silence is no incident', () => {
    assert.deepEqual(firedIncidents([{ ...alertOf('s', 'firing', 1, 1), kind: 'silent' }], names, 100), []);
  });
});

describe('matchFaults', () => {
  const found = (faults: readonly Fault[], incidents: readonly Incident[], graceMs = 10) => {
    const { verdicts, falseAlarms } = matchFaults(faults, incidents, graceMs);
    return { delays: verdicts.map(({ delayMs }) => delayMs), falseAlarms: falseAlarms.map(({ startMs }) => startMs) };
  };

  test('the first alert that fires during the fault finds it, after so long', () => {
    const incidents = [incident(90, 95, 97), incident(102, 105, 140), incident(150, 155, 160)];
    assert.deepEqual(found([fault(100, 200)], incidents), { delays: [5], falseAlarms: [90] });
  });

  test('an alert within the grace is neither a find nor false; after it, it is false', () => {
    assert.deepEqual(found([fault(100, 200)], [incident(205, 207, 220)]), { delays: [null], falseAlarms: [] });
    assert.deepEqual(found([fault(100, 200)], [incident(210, 212, 220)]), { delays: [null], falseAlarms: [210] });
  });

  test('an alert that goes on from before is false, and has not seen the fault', () => {
    assert.deepEqual(found([fault(100, 200)], [incident(80, 85, 150)]), { delays: [null], falseAlarms: [80] });
  });

  test('an alert that fires only when the fault is over does not find it', () => {
    assert.deepEqual(found([fault(100, 200)], [incident(195, 203, 220)]), { delays: [null], falseAlarms: [] });
  });

  test('it is in time when it is found no later than it should be', () => {
    const inTime = (firedMs: number | null) =>
      matchFaults([fault(100, 200)], firedMs === null ? [] : [incident(100, firedMs, 180)], 10).verdicts[0]?.inTime;
    assert.deepEqual([inTime(110), inTime(111), inTime(null)], [true, false, false]);
  });

  test('series are apart, and without faults every alert is false', () => {
    assert.deepEqual(found([fault(100, 200, 'other')], [incident(105, 110, 120)]), {
      delays: [null],
      falseAlarms: [105],
    });
    assert.deepEqual(found([], [incident(1, 2, 3)]), { delays: [], falseAlarms: [1] });
  });
});
