import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertTransition } from '../../src/core/alert.ts';
import { byReference } from '../../src/core/reference-names.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { createSeriesTrack } from '../../src/dashboard/series-track.ts';
import {
  channels,
  expectedAt,
  horizon,
  outcomeAt,
  pump1,
  startMs,
  stepMs,
  windowAt,
  windowSteps,
} from './helpers/fake-plant.ts';

const create = (rowsMax = 720) =>
  createSeriesTrack({ name: pump1.series, channels: channels.length, stepMs, windowSteps, rowsMax });
const verdictAt = (row: number): Verdict => outcomeAt(pump1, row).verdict ?? assert.fail('no verdict');

const alert = (change: Partial<AlertTransition>): AlertTransition => ({
  id: 'a',
  series: pump1.series,
  kind: 'anomaly',
  state: 'firing',
  startMs,
  timeMs: startMs,
  peakScore: 5,
  peakMs: 0,
  first: null,
  minPValue: 0.001,
  channels: [],
  summary: '',
  ...change,
});

/** A window with nothing inferred, as when too few cells are observed. */
function uninferred(row: number): Verdict {
  const window = windowAt(pump1, row);
  return {
    inference: { window, modelVersion: 'm', quantileLevels: [0.5], imputed: null, forecast: null, residual: null },
    rows: [],
  };
}

test('the first window shows all of its rows, with the scored ones judged', () => {
  const track = create();
  track.judge(verdictAt(95), 1);
  const { rows } = track.snapshot();
  assert.equal(rows.timesMs.length, windowSteps);
  assert.equal(rows.timesMs[0], startMs);
  assert.equal(rows.score.filter((score) => score !== null).length, 4);
  assert.deepEqual(rows.learning.slice(-5), [0, 1, 1, 1, 1]);
});

test('imputed cells carry the outermost quantiles and the median; observed ones carry none', () => {
  const track = create();
  // Rows 505 to 510 are an outage of every channel.
  track.judge(verdictAt(511), 1);
  const { rows } = track.snapshot();
  const at = rows.timesMs.indexOf(startMs + 508 * stepMs);
  const [flow] = rows.channels;
  assert.equal(flow.observed[at], null);
  assert.ok(Math.abs((flow.median[at] ?? 0) - expectedAt(pump1, 508, 0)) < 1e-5);
  assert.ok((flow.low[at] ?? 0) < (flow.median[at] ?? 0) && (flow.median[at] ?? 0) < (flow.high[at] ?? 0));
  assert.equal(flow.median[rows.timesMs.indexOf(startMs + 511 * stepMs)], null);
});

test('the expectation covers the new rows of each window, and nothing where a channel is not scored', () => {
  const track = create();
  track.judge(verdictAt(95), 1);
  const { rows } = track.snapshot();
  assert.equal(rows.channels[0].expected.filter((value) => value !== null).length, 4);
  assert.equal(rows.channels[9].expected.filter((value) => value !== null).length, 0);
});

test('a forecast starts one step after its window and stays until the next', () => {
  const track = create();
  track.judge(verdictAt(95), 1);
  track.judge(verdictAt(99), 2);
  const { forecast } = track.snapshot();
  assert.equal(forecast?.startMs, startMs + 96 * stepMs);
  assert.equal(forecast?.quantiles.length, channels.length);
  assert.equal(forecast?.quantiles[0].length, 5);
  assert.equal(forecast?.quantiles[0][2].length, horizon);
  assert.equal(track.detailSince(1).forecast, null);
  assert.notEqual(track.detailSince(0).forecast, null);
});

test('a series that begins inside its window shows no rows before its first reading', () => {
  const track = create();
  track.judge(uninferred(19), 1);
  assert.equal(track.snapshot().rows.timesMs[0], startMs);
  assert.equal(track.summary().state, 'warming');
  assert.equal(track.summary().rowsSeen, 20);
});

test('a full window with too few readings is sparse, not warming', () => {
  const track = create();
  track.judge(uninferred(200), 1);
  assert.equal(track.summary().state, 'sparse');
});

test('tells how far the references have learnt, where there are any', () => {
  const track = create();
  const verdict = verdictAt(103);
  track.judge(verdict, 1);
  assert.deepEqual(
    track.summary().referencesLearnt,
    byReference(() => ({ scores: 103, needed: 200 })),
  );
  const { referencesLearnt: _, ...without } = verdict;
  track.judge(without, 2);
  assert.equal(track.summary().referencesLearnt, null);
});

test('learning, then ordinary, then alarm, by the newest row', () => {
  const track = create();
  const states = [139, 199, 575].map((row, i) => {
    track.judge(verdictAt(row), i + 1);
    return track.summary().state;
  });
  assert.deepEqual(states, ['learning', 'ordinary', 'alarm']);
  assert.equal(track.urgent, true);
  assert.equal(track.summary().topChannels[0].channel, 7);
});

test('an open alert outranks the newest row, until it is resolved', () => {
  const track = create();
  track.judge(verdictAt(199), 1);
  for (const state of ['pending', 'firing'] as const) {
    track.alert(alert({ state }), 2);
    assert.equal(track.summary().state, state);
  }
  track.alert(alert({ id: 'another', state: 'resolved' }), 3);
  assert.equal(track.summary().state, 'firing');
  track.alert(alert({ state: 'resolved' }), 4);
  assert.equal(track.summary().state, 'ordinary');
});

test('a silent series is silent until a newer window comes', () => {
  const track = create();
  track.judge(verdictAt(199), 1);
  track.alert(alert({ kind: 'silent', timeMs: startMs + 300 * stepMs }), 2);
  assert.equal(track.summary().state, 'silent');
  track.judge(verdictAt(303), 3);
  assert.equal(track.summary().state, 'ordinary');
});

test('a series known only by an alert has a time, so that it grows old', () => {
  const track = create();
  track.alert(alert({ kind: 'silent' }), 1);
  assert.equal(track.timeMs, startMs);
  assert.equal(track.pValue, 1);
});

test('progress before the first window', () => {
  const track = create();
  track.warm(61, startMs, 1);
  const { state, rowsSeen, rowsNeeded, pValue } = track.summary();
  assert.deepEqual([state, rowsSeen, rowsNeeded, pValue], ['warming', 61, 96, null]);
});
