import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { renderExample } from '../../../src/eval/report/example-chart.ts';
import { renderHorizonChart } from '../../../src/eval/report/horizon-chart.ts';
import { renderIncident } from '../../../src/eval/report/incident-chart.ts';
import { renderLegend } from '../../../src/eval/report/legend.ts';
import { renderTimeline } from '../../../src/eval/report/timeline-chart.ts';
import { madeUpExample, madeUpIncident, madeUpTimeline } from '../made-up-report.ts';

const count = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].length;
const wellFormed = (svg: string) => {
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  assert.equal(count(svg, /<svg /g), count(svg, /<\/svg>/g));
};

test('timeline: every event and every alarm has its mark, the curve breaks where nothing was scored', () => {
  const rows = 1000;
  const flags = (...at: number[]) => Uint8Array.from({ length: rows }, (_, i) => (at.includes(i) ? 1 : 0));
  const pValue = new Float64Array(rows).fill(0.5);
  pValue.fill(Number.NaN, 500, 600);
  pValue[100] = 1e-3;
  const base = { series: 'a&b', startMs: 0, stepMs: 60_000, pValue, openPValue: 0.001 };
  const svg = renderTimeline({ ...base, labels: flags(100, 101, 700), alarms: flags(100, 300, 900) });
  wellFormed(svg);
  assert.equal(count(svg, /class="labelled"/g), 2);
  assert.equal(count(svg, /class="alarmed"/g), 3);
  assert.equal(count(/class="line score" d="([^"]*)"/.exec(svg)?.[1] ?? '', /M/g), 2);
  assert.match(svg, /a&amp;b/);
  assert.doesNotMatch(renderTimeline({ ...base, labels: null, alarms: flags() }), /class="(labelled|alarmed)"/);
});

test('timeline: a p-value of one row in a million reaches the top, whatever the length', () => {
  const pValue = new Float64Array(200_000).fill(0.5);
  pValue[123_456] = 1e-6;
  const svg = renderTimeline({
    series: 'x',
    startMs: 0,
    stepMs: 1000,
    pValue,
    labels: null,
    alarms: new Uint8Array(200_000),
    openPValue: 0.001,
  });
  wellFormed(svg);
  assert.match(svg, />1e-6</);
  assert.ok(svg.length < 40_000, String(svg.length));
});

test('timeline: thousands of alarms do not make thousands of marks', () => {
  const alarms = Uint8Array.from({ length: 100_000 }, (_, i) => i % 2);
  const data = { ...madeUpTimeline('x', 100_000, createRng(1)), alarms };
  assert.ok(count(renderTimeline(data), /class="alarmed"/g) < 1100);
});

test('example: a point for every hidden value, bands for the levels there are', () => {
  const data = madeUpExample('flow', createRng(1), 0, 'forecast');
  const svg = renderExample(data);
  wellFormed(svg);
  assert.equal(count(svg, /<circle/g), 24);
  assert.equal(count(svg, /class="band/g), 2);
  const bare = renderExample({ ...data, unit: '', levels: [0.5], quantiles: new Float64Array(96).fill(40) });
  wellFormed(bare);
  assert.equal(count(bare, /class="band/g), 0);
});

test('incident: the top three channels, the rows in question shaded by kind', () => {
  const incident = madeUpIncident(createRng(1), 5, 0.01);
  const missed = renderIncident(incident, 'miss');
  wellFormed(missed);
  assert.equal(count(missed, /<figure>/g), 3);
  assert.equal(count(missed, /class="labelled"/g), 3);
  assert.equal(count(renderIncident(incident, 'false alarm'), /class="alarm-area"/g), 3);
});

test('incident: an hour-long excerpt and a month-long one take about the same room', () => {
  const short = renderIncident(madeUpIncident(createRng(1), 300, 0.01), 'miss');
  const long = renderIncident(madeUpIncident(createRng(1), 30_000, 0.01), 'miss');
  wellFormed(long);
  assert.ok(long.length < 2 * short.length);
});

test('horizon: a line a method, missing figures break it, the target dashed', () => {
  const steps = [0.9, null, 0.8].map((coverage90, h) => ({ step: h + 1, mae: 1, crps: 0.5, coverage90 }));
  const lines = [
    { name: 'model', className: 'c0 thick', steps },
    { name: 'other', className: 'c1', steps },
  ];
  const svg = renderHorizonChart(lines, 'coverage90', 0.9);
  wellFormed(svg);
  assert.equal(count(svg, /class="target"/g), 1);
  assert.ok(svg.indexOf('line c1') < svg.indexOf('line c0'), 'the model is drawn last, on top');
  wellFormed(renderHorizonChart(lines, 'crps', null));
  assert.doesNotMatch(renderHorizonChart(lines, 'crps', null), /class="target"/);
});

test('legend: escaped text beside its mark', () => {
  const html = renderLegend([
    { mark: 'line', className: 'c0', text: '<model>' },
    { mark: 'area', className: 'band90', text: 'band' },
    { mark: 'point', className: 'truth', text: 'true' },
  ]);
  assert.match(html, /&lt;model&gt;/);
  assert.equal(count(html, /<(path|rect|circle) class=/g), 3);
});
