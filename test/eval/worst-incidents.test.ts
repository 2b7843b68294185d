import assert from 'node:assert/strict';
import test from 'node:test';
import { worstFalseAlarms, worstMisses } from '../../src/eval/worst-incidents.ts';

const pValue = [0.5, 0.01, Number.NaN, 0.2, 0.001, 0.3];

test('misses: found events are left out, the longest comes first', () => {
  const events = [
    { start: 0, end: 0, delaySteps: null },
    { start: 1, end: 3, delaySteps: null },
    { start: 4, end: 5, delaySteps: 1 },
  ];
  assert.deepEqual(worstMisses(events, pValue), [
    { start: 1, end: 3, minPValue: 0.01 },
    { start: 0, end: 0, minPValue: 0.5 },
  ]);
});

test('false alarms: the most certain first, then the longer; unscored ones last', () => {
  const runs = [
    { start: 2, end: 2 },
    { start: 4, end: 4 },
    { start: 0, end: 1 },
    { start: 4, end: 5 },
  ];
  assert.deepEqual(
    worstFalseAlarms(runs, pValue).map(({ start, end, minPValue }) => [start, end, minPValue]),
    [
      [4, 5, 0.001],
      [4, 4, 0.001],
      [0, 1, 0.01],
      [2, 2, Number.NaN],
    ],
  );
});
