import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { metricsJson } from '../../src/eval/metrics-json.ts';
import { renderReport } from '../../src/eval/report.ts';
import { madeUpIncident, madeUpMetrics, madeUpReport } from './made-up-report.ts';

test('one file that asks for nothing: no script, no link, no request', () => {
  const html = renderReport(madeUpReport());
  assert.match(html, /^<!doctype html>/);
  assert.doesNotMatch(html, /<script|<link|<img|<iframe|https?:|url\(|@import|\son\w+=/i);
  assert.doesNotMatch(html, /NaN|undefined|\[object/);
  for (const heading of ['Imputation', 'Forecast', 'Anomalies', 'Misses and false alarms'])
    assert.match(html, new RegExp(`<h2>${heading}</h2>`));
});

test('every tag is closed', () => {
  const html = renderReport(madeUpReport());
  const open: string[] = [];
  for (const [, close, name, , self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*?)?)(\/?)>/g)) {
    if (['meta', 'br'].includes(name) || self === '/') continue;
    if (close === '') open.push(name);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, []);
});

test('the same data gives the same bytes', () => {
  assert.equal(renderReport(madeUpReport()), renderReport(madeUpReport()));
});

test('losses are said: the reference that beats the model is named', () => {
  assert.match(renderReport(madeUpReport()), /<span class="bad">1\.8 % worse than the best reference, ridge<\/span>/);
});

test('stays under 2 MB for a year of minutes and many series', () => {
  const size = Buffer.byteLength(renderReport(madeUpReport(525_600, 7)));
  assert.ok(size < 2_000_000, String(size));
  assert.ok(size > 50_000, String(size));
});

test('hostile names stay text', () => {
  const hostile = '"><script>alert(1)</script>';
  const report = madeUpReport(500, 1);
  const metrics = madeUpMetrics(500, 1);
  const html = renderReport({
    ...report,
    title: hostile,
    metrics: {
      ...metrics,
      pipeline: hostile,
      data: hostile,
      model_version: hostile,
      imputation: metrics.imputation && { ...metrics.imputation, baselines: { [hostile]: metrics.imputation.model } },
    },
    facts: [{ name: hostile, value: hostile }],
    notes: [hostile],
    timelines: report.timelines.map((timeline) => ({ ...timeline, series: hostile })),
    forecastExamples: report.forecastExamples.map((example) => ({
      ...example,
      series: hostile,
      channel: hostile,
      unit: hostile,
    })),
    misses: report.misses.map((miss) => ({
      ...miss,
      series: hostile,
      channels: miss.channels.map((channel) => ({ ...channel, name: hostile, unit: hostile })),
    })),
  });
  assert.doesNotMatch(html, /<script/);
  assert.ok(html.split('&lt;script&gt;').length > 15);
});

test('nothing to show is said, not drawn', () => {
  const html = renderReport({
    ...madeUpReport(500, 1),
    metrics: { ...madeUpMetrics(500, 1), imputation: null, forecast: null, anomaly: null, online: null },
    ...{ timelines: [], forecastExamples: [], imputationExamples: [], misses: [], falseAlarms: [], notes: [] },
  });
  assert.match(html, /no cell with a known value was hidden/);
  assert.match(html, /no forecast had its values come in/);
  assert.match(html, /carries no labels/);
  assert.doesNotMatch(html, /<svg|Misses and false alarms|class="cards"/);
});

test('without labels the alarm rate takes the place of the ranking', () => {
  const html = renderReport({
    ...madeUpReport(500, 1),
    metrics: { ...madeUpMetrics(500, 1), anomaly: null },
    misses: [],
    falseAlarms: [],
  });
  assert.match(html, /Rows in alarm/);
  assert.match(html, /1\.4 × asked/);
});

test('draws at most what it promises and says how much it leaves out', () => {
  const report = madeUpReport(500, 9);
  const html = renderReport({
    ...report,
    falseAlarms: Array.from({ length: 14 }, () => madeUpIncident(createRng(1), 3, 0.001)),
  });
  assert.match(html, /3 more series/);
  assert.match(html, /False alarms: 4 of 14, the worst/);
  assert.match(html, /Missed events: 1 of 2, the worst/);
});

test('the made-up metrics are of the schema', () => {
  assert.deepEqual(metricsJson.parse(madeUpMetrics()), madeUpMetrics());
});
