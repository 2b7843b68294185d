import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeed, fitToMemory } from '../../src/dashboard/feed.ts';
import {
  channels,
  fakeFeed,
  outcomeAt,
  type Plant,
  pump1,
  pump2,
  startMs,
  stepMs,
  windowSteps,
} from './helpers/fake-plant.ts';

const create = (limits: { seriesShownMax?: number; rowsMax?: number; alertsMax?: number } = {}) =>
  createFeed({
    pipeline: 'p',
    channels,
    modelVersion: 'initial',
    stepMs,
    windowSteps,
    alarmPValue: () => 0.001,
    ...limits,
  });

const named = (series: string): Plant => ({ ...pump2, series });

test('a feed without data says what it is waiting for', () => {
  const { series, alerts, eventTimeMs, modelVersion, version } = create().snapshot();
  assert.deepEqual(
    { series, alerts, eventTimeMs, modelVersion, version },
    { series: [], alerts: [], eventTimeMs: null, modelVersion: 'initial', version: 0 },
  );
});

test('the snapshot of a running feed', () => {
  const state = fakeFeed([pump1, pump2], 599).snapshot();
  assert.deepEqual(
    state.series.map(({ name, state: now }) => [name, now]),
    [
      ['north/pump-1', 'firing'],
      ['north/pump-2', 'ordinary'],
    ],
  );
  assert.equal(state.alerts.length, 1);
  assert.equal(state.alerts[0].state, 'firing');
  assert.equal(state.alerts[0].channels[0].channel, 7);
  assert.equal(state.eventTimeMs, startMs + 599 * stepMs);
  assert.equal(state.modelVersion, '3f9c2a71');
});

test('snapshots survive JSON unchanged: no NaN, nothing that JSON drops', () => {
  const feed = fakeFeed([pump1], 599);
  for (const value of [feed.snapshot(), feed.seriesSnapshot(pump1.series), feed.changesSince(0, pump1.series)]) {
    assert.deepEqual(JSON.parse(JSON.stringify(value)), value);
  }
});

test('rows are bounded', () => {
  const feed = create({ rowsMax: 100 });
  for (let row = 95; row < 600; row += 4) feed.push(outcomeAt(pump1, row));
  const snapshot = feed.seriesSnapshot(pump1.series) ?? assert.fail('not shown');
  assert.equal(snapshot.rows.timesMs.length, 100);
  assert.equal(snapshot.rows.timesMs.at(-1), startMs + 599 * stepMs);
});

test('the same outcomes again change no row', () => {
  const feed = create();
  const outcomes = [95, 99, 103].map((row) => outcomeAt(pump1, row));
  for (const outcome of outcomes) feed.push(outcome);
  const before = feed.seriesSnapshot(pump1.series)?.rows;
  for (const outcome of outcomes) feed.push(outcome);
  assert.deepEqual(feed.seriesSnapshot(pump1.series)?.rows, before);
});

test('series beyond the limit are counted; one in alarm is shown all the same', () => {
  const feed = create({ seriesShownMax: 3 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) feed.push(outcomeAt(named(name), 575));
  assert.equal(feed.snapshot().series.length, 3);
  assert.equal(feed.snapshot().seriesHidden, 2);
  assert.equal(feed.seriesSnapshot('d'), null);
  feed.push(outcomeAt(pump1, 575));
  assert.ok(feed.snapshot().series.some(({ name }) => name === pump1.series));
  assert.equal(feed.snapshot().series.length, 3);
});

test('a series somebody follows is shown as soon as it is heard of again', () => {
  const feed = create({ seriesShownMax: 1 });
  feed.push(outcomeAt(named('a'), 199));
  const unpin = feed.pin('b');
  feed.push(outcomeAt(named('b'), 199));
  assert.notEqual(feed.seriesSnapshot('b'), null);
  unpin();
});

test('an alert without a verdict shows the series', () => {
  const feed = create();
  const [transition] = outcomeAt(pump1, 563).alerts;
  feed.push({ verdict: null, alerts: [{ ...transition, kind: 'silent', series: 'lost', id: 'lost@1' }] });
  assert.equal(feed.snapshot().series[0].state, 'silent');
});

test('changes: nothing without a push, summaries with one, rows of the followed series only', () => {
  const feed = create();
  feed.push(outcomeAt(pump1, 95));
  feed.push(outcomeAt(pump2, 95));
  const { version } = feed;
  assert.equal(feed.changesSince(version, pump1.series), null);
  feed.push(outcomeAt(pump1, 99));
  const changes = feed.changesSince(version, pump1.series) ?? assert.fail('no changes');
  assert.deepEqual(
    changes.series.map(({ name }) => name),
    [pump1.series],
  );
  assert.equal(changes.names, null);
  assert.equal(changes.detail?.rows.timesMs.length, 4);
  const other = feed.changesSince(version, pump2.series);
  assert.equal(other?.detail, null);
});

test('changes name the shown series when the set changed', () => {
  const feed = create({ seriesShownMax: 1 });
  feed.push(outcomeAt(pump2, 575));
  const { version } = feed;
  feed.push(outcomeAt(pump1, 575));
  assert.deepEqual(feed.changesSince(version, null)?.names, [pump1.series]);
});

test('warming shows progress', () => {
  const feed = create();
  feed.warming('young', 61, startMs);
  assert.equal(feed.snapshot().series[0].rowsSeen, 61);
  assert.equal(feed.snapshot().eventTimeMs, startMs);
});

test('memory is bounded whatever the number of channels', () => {
  assert.deepEqual(fitToMemory(10, 96, 50, 720), { rows: 720, series: 50 });
  for (const count of [1, 10, 40, 100, 400]) {
    for (const windowRows of [16, 96, 512]) {
      const { rows, series } = fitToMemory(count, windowRows, 50, 720);
      assert.ok(
        rows >= windowRows && rows <= 720,
        `${count} channels: a window of ${windowRows} does not fit ${rows} rows`,
      );
      assert.ok(series >= 1 && series <= 50);
      assert.ok(rows * series * count * 48 <= 64 * 1024 * 1024, `${count} channels, windows of ${windowRows}`);
    }
  }
});
