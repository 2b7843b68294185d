import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { linearInterpolation } from '../../src/eval/baselines/linear-interpolation.ts';
import { addResidualQuantiles, fitResidualQuantiles } from '../../src/eval/baselines/residual-quantiles.ts';
import { seasonalNaive } from '../../src/eval/baselines/seasonal-naive.ts';
import { zScore } from '../../src/eval/baselines/z-score.ts';
import { createDistributionMetrics } from '../../src/eval/distribution-metrics.ts';
import { estimatePeriod } from '../../src/eval/estimate-period.ts';
import { eventReport } from '../../src/eval/events.ts';
import { anomalyJson, distributionJson } from '../../src/eval/metrics-json.ts';
import { pointF1 } from '../../src/eval/point-f1.ts';
import { rankingAreas } from '../../src/eval/pr-auc.ts';
import { vus } from '../../src/eval/vus.ts';

const channels = 2;
const period = 24;
const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
const scales = [Math.SQRT1_2, 1000 * Math.SQRT1_2];

/** [time, channel]: two daily waves, the second in a thousand times smaller units. */
function waves(rows: number, seed: number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: rows * channels }, (_, i) => {
    const row = Math.floor(i / channels);
    return (Math.sin((2 * Math.PI * row) / period) + 0.05 * rng.normal()) * (i % channels === 0 ? 1 : 1000);
  });
}

test('forecast: the seasonal naive with its training residuals is calibrated on the same law', () => {
  const shape = { horizon: 12, channels };
  const residualsOf = (values: Float64Array) => {
    const residuals: number[] = [];
    for (let row = 2 * period; row + shape.horizon <= values.length / channels; row += shape.horizon) {
      const point = seasonalNaive(values.subarray(0, row * channels), channels, period, shape.horizon);
      residuals.push(...point.map((value, i) => values[row * channels + i] - value));
    }
    return Float64Array.from(residuals);
  };
  const fit = fitResidualQuantiles(residualsOf(waves(6000, 1)), levels, shape);
  const values = waves(4000, 2);
  const metrics = createDistributionMetrics(levels, scales);
  for (let row = 2 * period; row + shape.horizon <= 4000; row += shape.horizon) {
    const point = seasonalNaive(values.subarray(0, row * channels), channels, period, shape.horizon);
    const quantiles = addResidualQuantiles(point, fit);
    for (let i = 0; i < point.length; i++)
      metrics.add(i % channels, values[row * channels + i], quantiles, i * levels.length);
  }
  const json = distributionJson(metrics.summary());
  assert.ok(json.coverage90 !== null && Math.abs(json.coverage90 - 0.9) < 0.02, JSON.stringify(json));
  // Residuals are the difference of two draws with deviation .05 sqrt 2 (in channel deviations): mean size .08.
  assert.ok(json.mae !== null && Math.abs(json.mae - 0.08) < 0.005, JSON.stringify(json));
});

test('imputation: hidden cells are compared, the rest is not', () => {
  const truth = waves(960, 3);
  const hidden = truth.map((value, i) => (i % 7 === 0 ? Number.NaN : value));
  const filled = linearInterpolation(hidden, channels);
  const metrics = createDistributionMetrics([0.5], scales);
  for (let i = 0; i < truth.length; i++) if (Number.isNaN(hidden[i])) metrics.add(i % channels, truth[i], filled, i);
  const { count, mae, crps } = metrics.summary();
  assert.equal(count, Math.ceil(truth.length / 7));
  assert.equal(crps, mae);
  assert.ok(mae < 0.12, String(mae));
});

test('anomalies: scores, alarms and labels of one series end up in the JSON', () => {
  const values = waves(3000, 4);
  const labels = Uint8Array.from({ length: 3000 }, (_, row) => (row % 1000 >= 500 && row % 1000 < 510 ? 1 : 0));
  for (const [row, label] of labels.entries()) if (label === 1) values[row * channels] += 6;
  const scores = zScore(waves(2000, 5), values, channels);
  const alarms = Uint8Array.from(scores, (score) => (score > 9 ? 1 : 0));
  const first = Float64Array.from({ length: 3000 }, (_, row) => values[row * channels]);
  const volume = vus(labels, scores, estimatePeriod(first));
  const areas = rankingAreas(labels, scores);
  const report = eventReport(labels, alarms, { stepMs: 60_000, graceSteps: 5 });
  const json = anomalyJson(
    { vusPr: volume.pr, vusRoc: volume.roc, aucPr: areas.pr, aucRoc: areas.roc, events: report.events.length },
    { report, f1: pointF1(labels, alarms).f1 },
  );
  assert.equal(json.events, 3);
  assert.equal(json.events_found, 3);
  assert.equal(json.false_alarms, 0);
  assert.equal(json.delay_ms_median, 0);
  assert.ok(json.auc_pr !== null && json.auc_pr > 0.999, String(json.auc_pr));
  assert.ok(json.vus_pr !== null && json.vus_pr > 0.5, String(json.vus_pr));
});
