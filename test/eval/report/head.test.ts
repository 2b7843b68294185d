import assert from 'node:assert/strict';
import test from 'node:test';
import { renderHead } from '../../../src/eval/report/head.ts';
import { madeUpMetrics, madeUpReport } from '../made-up-report.ts';

const report = madeUpReport(500, 1);
const cardsOf = (html: string) =>
  [...html.matchAll(/<div class="name">(.*?)<\/div><div class="value">(.*?)<\/div>/g)].map(([, name, value]) => [
    name,
    value,
  ]);

test('says what was run, with nothing of the machine', () => {
  const html = renderHead(report);
  for (const fact of [
    'pump-station',
    '2024-05-01.3f9ac1',
    'pump-station-may.csv',
    '1 × 8',
    '2024-05-01 00:00',
    '8 h 20 min',
    '20,160',
  ]) {
    assert.ok(html.includes(`<dd>${fact}</dd>`), fact);
  }
});

test('a card for each task, the figure as in the table', () => {
  assert.deepEqual(cardsOf(renderHead(report)), [
    ['Imputation CRPS', '0.107'],
    ['Forecast CRPS', '0.318'],
    ['Anomaly VUS-PR', '0.547'],
    ['Events found', '9 of 11'],
  ]);
});

test('tasks that were not evaluated have no card; without labels the alarm rate has one', () => {
  const metrics = { ...madeUpMetrics(500, 1), imputation: null, anomaly: null };
  assert.deepEqual(cardsOf(renderHead({ ...report, metrics })), [
    ['Forecast CRPS', '0.318'],
    ['Rows in alarm', '0.31 %'],
  ]);
});

test('a figure that is not defined is a dash and claims nothing', () => {
  const metrics = madeUpMetrics(500, 1);
  assert.ok(metrics.forecast !== null);
  const model = { ...metrics.forecast.model, crps: null };
  const html = renderHead({ ...report, metrics: { ...metrics, forecast: { ...metrics.forecast, model } } });
  assert.deepEqual(cardsOf(html)[1], ['Forecast CRPS', '–']);
  assert.doesNotMatch(html, /reference, ridge/);
});

test('notes are a list, none is none', () => {
  assert.match(renderHead(report), /<li>The seasonal naive knows the daily period; no other reference does\.<\/li>/);
  assert.doesNotMatch(renderHead({ ...report, notes: [] }), /<ul/);
});
