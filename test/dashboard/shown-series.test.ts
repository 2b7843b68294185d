import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeriesTrack } from '../../src/dashboard/series-track.ts';
import { createShownSeries } from '../../src/dashboard/shown-series.ts';

/** Only what decides who stays: p-value, urgency, newest time. */
function fakeTrack(name: string, pValue: number, urgent: boolean, timeMs: number): SeriesTrack {
  const unused = () => assert.fail('not used here');
  return {
    name,
    pValue,
    urgent,
    timeMs,
    version: 0,
    judge: unused,
    alert: unused,
    warm: unused,
    summary: unused,
    snapshot: unused,
    detailSince: unused,
  };
}

interface Traits {
  readonly p?: number;
  readonly urgent?: boolean;
  readonly timeMs?: number;
}

function createShown(max: number, traits: Readonly<Record<string, Traits>> = {}) {
  return createShownSeries(max, 1000, (name) => {
    const { p = 0.5, urgent = false, timeMs = 10_000 } = traits[name] ?? {};
    return fakeTrack(name, p, urgent, timeMs);
  });
}

const names = (shown: ReturnType<typeof createShown>) => [...shown.all()].map((track) => track.name).sort();

test('ordinary series beyond the limit are counted, not shown, and do not push others out', () => {
  const shown = createShown(2);
  for (const name of ['a', 'b', 'c', 'd', 'c', 'd']) shown.admit(name, false, 10_000, 1);
  assert.deepEqual(names(shown), ['a', 'b']);
  assert.equal(shown.hidden, 2);
});

test('a series in alarm takes the place of the most ordinary one', () => {
  const shown = createShown(2, { a: { p: 0.2 }, b: { p: 0.9 } });
  for (const name of ['a', 'b']) shown.admit(name, false, 10_000, 1);
  assert.notEqual(shown.admit('alarmed', true, 10_000, 7), null);
  assert.deepEqual(names(shown), ['a', 'alarmed']);
  assert.equal(shown.version, 7);
  assert.equal(shown.hidden, 1);
});

test('urgent series are not pushed out by urgent ones', () => {
  const shown = createShown(2, { a: { urgent: true }, b: { urgent: true } });
  for (const name of ['a', 'b']) shown.admit(name, true, 10_000, 1);
  assert.equal(shown.admit('c', true, 10_000, 2), null);
});

test('a series that stopped long before gives way to anyone, even if an alert was left open', () => {
  const shown = createShown(2, { a: { urgent: true, timeMs: 100 } });
  for (const name of ['a', 'b']) shown.admit(name, false, 500, 1);
  assert.notEqual(shown.admit('c', false, 10_000, 2), null);
  assert.deepEqual(names(shown), ['b', 'c']);
  assert.equal(shown.hidden, 0);
});

test('a pinned series is let in and stays until it is let go', () => {
  const shown = createShown(1, { a: { p: 1 } });
  shown.admit('a', false, 10_000, 1);
  const unpin = shown.pin('wanted');
  assert.notEqual(shown.admit('wanted', false, 10_000, 2), null);
  assert.equal(shown.admit('alarmed', true, 10_000, 3), null);
  unpin();
  unpin();
  assert.notEqual(shown.admit('alarmed', true, 10_000, 4), null);
  assert.deepEqual(names(shown), ['alarmed']);
});

test('two readers of one series both have to let go', () => {
  const shown = createShown(1);
  const first = shown.pin('a');
  const second = shown.pin('a');
  shown.admit('a', false, 10_000, 1);
  first();
  assert.equal(shown.admit('b', true, 10_000, 2), null);
  second();
  assert.notEqual(shown.admit('b', true, 10_000, 3), null);
});

test('the names of hidden series are bounded', () => {
  const shown = createShown(1);
  for (let i = 0; i < 20_000; i++) shown.admit(`s${i}`, false, 10_000, 1);
  assert.equal(shown.hidden, 10_000);
});
