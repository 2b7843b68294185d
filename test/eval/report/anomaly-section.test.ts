import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { renderAnomalies, renderIncidents } from '../../../src/eval/report/anomaly-section.ts';
import { madeUpIncident, madeUpReport } from '../made-up-report.ts';

const report = madeUpReport(500, 1);

test('which metric, without point adjustment, and the verdict', () => {
  const html = renderAnomalies(report);
  assert.match(html, /no point adjustment/);
  assert.match(
    html,
    /VUS-PR: the model is <span class="good">13\.7 % better than the best reference, running z-score<\/span>/,
  );
  assert.match(html, /HitRate@100 % 0\.78/);
});

test('the alarm rate asked stands beside the one achieved', () => {
  const html = renderAnomalies(report);
  assert.match(html, /<td>0\.1 %<\/td>/);
  assert.match(html, /<td>0\.14 % <span class="soft">\(1\.4 × asked\)<\/span><\/td>/);
  assert.match(html, /<td>0\.31 %<\/td>/);
});

test('the legend mentions labels only where there are some', () => {
  assert.match(renderAnomalies(report), /labelled event/);
  const bare = { ...report, timelines: report.timelines.map((timeline) => ({ ...timeline, labels: null })) };
  assert.doesNotMatch(renderAnomalies(bare), /labelled event/);
});

test('incidents say when, for how long, how sure', () => {
  const html = renderIncidents({
    ...report,
    misses: [madeUpIncident(createRng(1), 40, 0.03)],
    falseAlarms: [madeUpIncident(createRng(1), 9, Number.NaN)],
  });
  assert.match(html, /2024-05-02 00:40, 40 min, smallest p-value 0\.03/);
  assert.match(html, /2024-05-02 00:40, 9 min, not scored/);
});

test('all of them, or how many of how many', () => {
  const one = madeUpIncident(createRng(1), 3, 0.1);
  assert.match(renderIncidents({ ...report, misses: [one, one] }), /Missed events: all 2/);
  assert.match(renderIncidents({ ...report, misses: [one] }), /Missed events: 1 of 2, the worst/);
  assert.equal(renderIncidents({ ...report, misses: [], falseAlarms: [] }), '');
});
