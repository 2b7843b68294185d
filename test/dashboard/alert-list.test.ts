import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertState, AlertTransition } from '../../src/core/alert.ts';
import { createAlertList } from '../../src/dashboard/alert-list.ts';

const transition = (id: string, state: AlertState, startMs: number, timeMs = startMs): AlertTransition => ({
  id,
  series: 's',
  kind: 'anomaly',
  state,
  startMs,
  timeMs,
  peakScore: 3,
  peakMs: 0,
  first: null,
  minPValue: 0.001,
  channels: [],
  summary: `alert ${id}`,
});

test('one entry an alert, newest first', () => {
  const list = createAlertList(10);
  list.apply(transition('a', 'pending', 100), 1);
  list.apply(transition('b', 'pending', 200), 2);
  list.apply(transition('a', 'firing', 100, 120), 3);
  assert.deepEqual(
    list.since(-1).map(({ id, state }) => [id, state]),
    [
      ['b', 'pending'],
      ['a', 'firing'],
    ],
  );
});

test('a replayed older transition changes nothing', () => {
  const list = createAlertList(10);
  assert.equal(list.apply(transition('a', 'resolved', 100, 300), 1), true);
  assert.equal(list.apply(transition('a', 'firing', 100, 200), 2), false);
  assert.equal(list.apply(transition('a', 'resolved', 100, 300), 3), false);
  assert.equal(list.since(-1)[0].state, 'resolved');
  assert.deepEqual(list.since(1), []);
});

test('pending and firing at the same event time end as firing', () => {
  const list = createAlertList(10);
  list.apply(transition('a', 'pending', 100), 1);
  assert.equal(list.apply(transition('a', 'firing', 100), 1), true);
  assert.equal(list.apply(transition('a', 'pending', 100), 2), false);
});

test('is bounded; what is still open outlives what is over', () => {
  const list = createAlertList(3);
  list.apply(transition('open', 'firing', 1), 1);
  for (let i = 0; i < 20; i++) list.apply(transition(`r${i}`, 'resolved', 10 + i), 2 + i);
  assert.deepEqual(
    list.since(-1).map(({ id }) => id),
    ['r19', 'r18', 'open'],
  );
  for (let i = 0; i < 20; i++) list.apply(transition(`f${i}`, 'firing', 100 + i), 50 + i);
  assert.deepEqual(
    list.since(-1).map(({ id }) => id),
    ['f19', 'f18', 'f17'],
  );
});

test('since tells what changed after a version', () => {
  const list = createAlertList(10);
  list.apply(transition('a', 'pending', 100), 1);
  list.apply(transition('b', 'pending', 200), 2);
  assert.deepEqual(
    list.since(1).map(({ id }) => id),
    ['b'],
  );
});

test('numbers that JSON cannot carry become null', () => {
  const list = createAlertList(10);
  list.apply({ ...transition('a', 'firing', 1), kind: 'silent', peakScore: Number.NaN, minPValue: Number.NaN }, 1);
  assert.deepEqual([list.since(-1)[0].peakScore, list.since(-1)[0].minPValue], [null, null]);
});
