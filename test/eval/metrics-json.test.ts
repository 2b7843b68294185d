import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { createDistributionMetrics } from '../../src/eval/distribution-metrics.ts';
import { eventReport } from '../../src/eval/events.ts';
import { anomalyJson, distributionJson, figureOf, horizonJson, metricsJson } from '../../src/eval/metrics-json.ts';
import { madeUpMetrics } from './made-up-report.ts';

test('what is written can be read back through the schema', () => {
  const written = madeUpMetrics();
  assert.deepEqual(metricsJson.parse(JSON.parse(JSON.stringify(written))), written);
});

test('unlabelled, unforecast and ungapped runs are null sections', () => {
  const bare = { ...madeUpMetrics(), imputation: null, forecast: null, anomaly: null, online: null };
  assert.deepEqual(metricsJson.parse(bare), bare);
});

test('refuses NaN, unknown fields, and another version', () => {
  const good = madeUpMetrics();
  assert.ok(!metricsJson.safeParse({ ...good, rows: Number.NaN }).success);
  assert.ok(!metricsJson.safeParse({ ...good, surprise: 1 }).success);
  assert.ok(!metricsJson.safeParse({ ...good, schema_version: 2 }).success);
  assert.ok(!metricsJson.safeParse({ ...good, start: 'yesterday' }).success);
});

test('has a JSON Schema', () => {
  const schema = z.toJSONSchema(metricsJson);
  assert.equal(schema.type, 'object');
  assert.ok(schema.properties !== undefined && 'anomaly' in schema.properties);
});

test('figures that are not numbers become null', () => {
  assert.equal(figureOf(Number.NaN), null);
  assert.equal(figureOf(Number.POSITIVE_INFINITY), null);
  assert.equal(figureOf(0), 0);
});

test('a summary as JSON: the fields of the contract, in its names', () => {
  const metrics = createDistributionMetrics([0.05, 0.5, 0.95], [2]);
  metrics.add(0, 3, [0, 1, 4]);
  assert.deepEqual(distributionJson(metrics.summary()), {
    ...{ mae: 1, rmse: 1, crps: ((2 / 3) * (0.05 * 3 + 0.5 * 2 + 0.05 * 1)) / 2, nd: 2 / 3 },
    ...{ coverage90: 1, width90: 2, count: 1, unanswered: 0 },
  });
  const empty = distributionJson(createDistributionMetrics([0.5], [1]).summary());
  assert.equal(empty.crps, null);
  assert.equal(empty.count, 0);
});

test('horizons count from 1', () => {
  const metrics = createDistributionMetrics([0.05, 0.5, 0.95], [1]);
  metrics.add(0, 1, [0, 1, 2]);
  assert.deepEqual(
    horizonJson([metrics.summary(), metrics.summary()]).map(({ step }) => step),
    [1, 2],
  );
  assert.equal(horizonJson([metrics.summary()])[0].coverage90, 1);
});

test('anomalies as JSON, with and without alarms', () => {
  const ranking = { vusPr: 0.5, vusRoc: 0.9, aucPr: 0.4, aucRoc: Number.NaN, events: 2 };
  const report = eventReport([1, 0, 0, 1], [0, 0, 1, 1], { stepMs: 21_600_000 });
  const withAlarms = anomalyJson(ranking, { report, f1: 0.5 });
  assert.deepEqual(withAlarms, {
    ...{ vus_pr: 0.5, vus_roc: 0.9, auc_pr: 0.4, auc_roc: null, f1: 0.5, events: 2, events_found: 1 },
    ...{ delay_ms_median: 0, false_alarms: 0, false_alarms_per_day: 0 },
  });
  const without = anomalyJson(ranking, null);
  assert.deepEqual(
    [without.f1, without.events_found, without.false_alarms, without.false_alarms_per_day],
    [null, null, null, null],
  );
});
