import assert from 'node:assert/strict';
import test from 'node:test';
import type { AnomalyJson, DistributionJson } from '../../../src/eval/metrics-json.ts';
import { renderAnomalyTable, renderDistributionTable } from '../../../src/eval/report/tables.ts';

const distribution = (crps: number | null, coverage90: number, unanswered = 0): DistributionJson => ({
  ...{ mae: crps, rmse: crps, crps, nd: null, coverage90, width90: 1, count: 1200, unanswered },
});

const anomaly = (vus_pr: number, events_found: number | null): AnomalyJson => ({
  ...{ vus_pr, vus_roc: 0.5, auc_pr: 0.5, auc_roc: 0.5, f1: null, events: 11, events_found },
  ...{ delay_ms_median: null, false_alarms: null, false_alarms_per_day: null },
});

/** The cells of a table, row by row, bold ones with stars. */
const cellsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)]
    .map(([, row]) =>
      [...row.matchAll(/<td( class="best")?>(.*?)<\/td>/g)].map(([, best, text]) =>
        best === undefined ? text : `*${text}*`,
      ),
    )
    .filter((row) => row.length > 0);

test('model first, references by CRPS, best in bold, coverage closest to 90 %, width not judged', () => {
  const html = renderDistributionTable({
    model: distribution(0.2, 0.93),
    baselines: { far: distribution(0.3, 0.5), near: distribution(0.1, 0.88) },
  });
  const rows = cellsOf(html);
  assert.deepEqual(
    rows.map(([name]) => name),
    ['model', 'near', 'far'],
  );
  assert.deepEqual(
    rows.map((row) => row[1]),
    ['0.200', '*0.100*', '0.300'],
  );
  assert.deepEqual(
    rows.map((row) => row[4]),
    ['93.0 %', '*88.0 %*', '50.0 %'],
  );
  assert.deepEqual(
    rows.map((row) => row[5]),
    ['1.00', '1.00', '1.00'],
  );
  assert.match(html, /<tr class="model"><td>model<\/td>/);
});

test('what prints the same as the best is bold too; alone, nothing is', () => {
  const tied = cellsOf(
    renderDistributionTable({ model: distribution(0.20041, 0.9), baselines: { other: distribution(0.20042, 0.9) } }),
  );
  assert.deepEqual(
    tied.map((row) => row[1]),
    ['*0.200*', '*0.200*'],
  );
  const alone = cellsOf(renderDistributionTable({ model: distribution(0.2, 0.9), baselines: {} }));
  assert.ok(alone.flat().every((cell) => !cell.startsWith('*')));
});

test('unanswered cells show where there are some', () => {
  const of = (unanswered: number) =>
    renderDistributionTable({ model: distribution(0.2, 0.9, unanswered), baselines: {} });
  assert.doesNotMatch(of(0), /Unanswered/);
  assert.match(of(3), /Unanswered/);
});

test('anomalies: undefined figures are a dash, names are escaped', () => {
  const rows = cellsOf(renderAnomalyTable({ model: anomaly(0.5, 9), baselines: { 'z <score>': anomaly(0.6, null) } }));
  assert.deepEqual(rows[0].slice(0, 2), ['model', '0.500']);
  assert.equal(rows[0][5], '9 of 11');
  assert.deepEqual(rows[1].slice(0, 2), ['z &lt;score&gt;', '*0.600*']);
  assert.deepEqual(rows[1].slice(4), ['–', '–', '–', '–', '–']);
});
