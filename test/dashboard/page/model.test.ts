import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFeed } from '../../../src/dashboard/feed.ts';
import { channels, fakeFeed, outcomeAt, type Plant, pump1, pump2, stepMs, windowSteps } from '../helpers/fake-plant.ts';
import { loadPage, type ModelModule, type PageModel } from './load-page.ts';

const { Model, orderChannels } = await loadPage<ModelModule>('model.js');

const plants: readonly Plant[] = [pump1, pump2, { ...pump2, series: 'south/pump-1' }];

/** What a page shows that was opened now. */
function fresh(feed: ReturnType<typeof createFeed>, followed: string): PageModel {
  const model = new Model();
  model.applyState(feed.snapshot());
  const series = feed.seriesSnapshot(followed);
  if (series !== null) model.applySeries(series);
  return model;
}

const picture = (model: PageModel) => ({
  feed: { ...model.feed, series: null, alerts: null },
  series: [...model.series.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  alerts: model.sortedAlerts(),
  rows: [...model.rows].sort(([a], [b]) => a - b),
  forecast: model.forecast,
});

test('a page that lived through every change shows what a page opened now shows', () => {
  const step = fc.record({ plant: fc.nat({ max: 2 }), looks: fc.boolean(), again: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 500 }), (steps, from) => {
      const feed = createFeed({
        pipeline: 'p',
        channels,
        modelVersion: null,
        stepMs,
        windowSteps,
        alarmPValue: () => 0.001,
        seriesShownMax: 2,
        rowsMax: 120,
      });
      const next = plants.map(() => 95 + from - (from % 4));
      feed.push(outcomeAt(pump1, next[0]));
      feed.pin(pump1.series);
      const lived = fresh(feed, pump1.series);
      let version = feed.version;
      for (const { plant, looks, again } of steps) {
        if (!again) next[plant] += 4;
        feed.push(outcomeAt(plants[plant], next[plant]));
        if (!looks) continue;
        const changes = feed.changesSince(version, pump1.series) ?? assert.fail('a push is a change');
        version = changes.version;
        lived.applyChanges(JSON.parse(JSON.stringify(changes)));
      }
      const rest = feed.changesSince(version, pump1.series);
      if (rest !== null) lived.applyChanges(rest);
      assert.deepEqual(picture(lived), picture(fresh(feed, pump1.series)));
    }),
    { numRuns: 25 },
  );
});

test('changes of a series that is no longer followed leave the rows alone', () => {
  const feed = fakeFeed([pump1, pump2], 199);
  const model = fresh(feed, pump1.series);
  const before = picture(model).rows;
  const { version } = feed;
  feed.push(outcomeAt(pump2, 203));
  model.applyChanges(feed.changesSince(version, pump2.series) ?? assert.fail('no changes'));
  assert.deepEqual(picture(model).rows, before);
});

test('what wants attention comes first, then the smallest p-value', () => {
  const feed = fakeFeed([pump2, pump1, { ...pump2, series: 'lost' }], 599);
  feed.push({
    verdict: null,
    alerts: [{ ...outcomeAt(pump1, 563).alerts[0], id: 'lost@1', series: 'lost', kind: 'silent', state: 'firing' }],
  });
  feed.warming('young', 3, 0);
  const model = fresh(feed, pump1.series);
  assert.deepEqual(
    model.sortedSeries().map(({ name }) => name),
    ['north/pump-1', 'lost', 'north/pump-2', 'young'],
  );
});

test('channels: contributions by share, then the configured order', () => {
  const contributions = [
    { channel: 3, share: 0.2 },
    { channel: 1, share: 0.7 },
    { channel: 9, share: 0.1 },
  ];
  assert.deepEqual(orderChannels([0, 1, 2, 3], contributions), [1, 3, 0, 2]);
  assert.deepEqual(orderChannels([0, 1, 2], []), [0, 1, 2]);
});
