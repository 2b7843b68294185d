import assert from 'node:assert/strict';
import test from 'node:test';
import { renderForecast, renderImputation } from '../../../src/eval/report/distribution-section.ts';
import { madeUpMetrics, madeUpReport } from '../made-up-report.ts';

const { imputation, forecast } = madeUpMetrics();
const { forecastExamples, imputationExamples } = madeUpReport(500, 1);
const count = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].length;

test('imputation: protocol, unit, table, verdict, three examples', () => {
  const html = renderImputation(imputation, [...imputationExamples, ...imputationExamples]);
  assert.match(html, /\(20 % of them\) were hidden/);
  assert.match(html, /training standard deviation/);
  assert.match(
    html,
    /CRPS: the model is <span class="good">51\.5 % better than the best reference, linear interpolation<\/span>/,
  );
  assert.equal(count(html, /<figure>/g), 3);
});

test('forecast: both figures by steps ahead, a legend entry a method', () => {
  const html = renderForecast(forecast, forecastExamples);
  assert.match(html, /Up to 24 steps ahead/);
  assert.match(html, /By steps ahead/);
  assert.equal(count(html, /<figure>/g), 2 + 3);
  for (const name of ['model', 'seasonal naive', 'naive', 'ridge'])
    assert.match(html, new RegExp(`</svg>${name}</span>`));
});

test('a horizon of one step, or none given, has no curve', () => {
  assert.ok(forecast !== null);
  const { by_horizon, ...without } = forecast;
  assert.doesNotMatch(renderForecast(without, []), /By steps ahead/);
  assert.doesNotMatch(renderForecast({ ...forecast, by_horizon: by_horizon?.slice(0, 1) ?? [] }, []), /By steps ahead/);
});

test('many references: the curves stop where the colours do, the table does not', () => {
  assert.ok(forecast !== null);
  const names = Array.from({ length: 9 }, (_, i) => `reference-${i}`);
  const baselines = Object.fromEntries(names.map((name) => [name, forecast.model]));
  const curves = Object.fromEntries(names.map((name) => [name, forecast.by_horizon ?? []]));
  const html = renderForecast({ ...forecast, baselines, baselines_by_horizon: curves }, []);
  assert.equal(count(html, /<td>reference-/g), 9);
  assert.equal(count(html, /<\/svg>reference-/g), 5);
});
