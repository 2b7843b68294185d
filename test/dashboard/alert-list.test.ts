import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlertState, AlertTransition } from '../../src/core/alert.ts';
import type { RowVerdict } from '../../src/core/verdict.ts';
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

describe('compare', () => {
  const says = (pValue: number, alarm = false, learning = false) => ({ score: 1, pValue, alarm, learning });
  const row = (timeMs: number, references?: RowVerdict['references']): RowVerdict => ({
    ...says(1),
    timeMs,
    topChannels: [],
    ...(references === undefined ? {} : { references }),
  });
  const list = () => {
    const made = createAlertList(10);
    made.apply(transition('a', 'pending', 100), 1);
    return made;
  };
  const found = (made: ReturnType<typeof list>) => made.since(-1)[0]?.references;

  test('the smallest p-value of each over the rows of the alert, and whether it was in alarm', () => {
    const made = list();
    assert.equal(found(made), null);
    made.compare('s', [row(90, { ridge_var: says(0.0001, true), z_score: says(0.0001, true) })], 2);
    assert.equal(found(made), null, 'a row before it');
    made.compare('s', [row(100, { ridge_var: says(0.2), z_score: says(0.03) })], 3);
    made.compare('s', [row(110, { ridge_var: says(0.0004, true), z_score: says(0.5) })], 4);
    made.apply(transition('a', 'firing', 100, 110), 4);
    assert.deepEqual(found(made), {
      ridge_var: { minPValue: 0.0004, alarm: true, learning: false },
      z_score: { minPValue: 0.03, alarm: false, learning: false },
    });
  });

  test('is told only where it changes something, of the series alone, and not beyond the end', () => {
    const made = list();
    const rows = [row(100, { ridge_var: says(0.2), z_score: says(0.03) })];
    made.compare('other', rows, 2);
    made.compare('s', rows, 2);
    made.compare('s', rows, 3);
    assert.equal(made.since(1).length, 1);
    assert.deepEqual(made.since(2), []);
    made.apply(transition('a', 'resolved', 100, 120), 4);
    made.compare('s', [row(121, { ridge_var: says(0.001, true), z_score: says(0.001, true) })], 5);
    assert.deepEqual(made.since(4), []);
  });

  test('learning until there was a row at which it could have raised an alarm; nothing without references', () => {
    const made = list();
    made.compare('s', [row(100)], 2);
    assert.equal(found(made), null);
    made.compare('s', [row(100, { ridge_var: says(0.01, false, true), z_score: says(0.01, false, true) })], 3);
    made.compare('s', [row(110, { ridge_var: says(0.5), z_score: says(0.01, false, true) })], 4);
    assert.deepEqual([found(made)?.ridge_var.learning, found(made)?.z_score.learning], [false, true]);
  });

  test('a silence or a drift is nothing that they could see', () => {
    const made = createAlertList(10);
    made.apply({ ...transition('b', 'firing', 100), kind: 'drift' }, 1);
    made.compare('s', [row(100, { ridge_var: says(0.01), z_score: says(0.01) })], 2);
    assert.equal(found(made), null);
  });
});
