import type { MetricsJson } from '../metrics-json.ts';
import type { ReportData } from '../report-data.ts';
import { escapeText } from '../svg/escape.ts';
import { absent, formatDuration, formatNumber, formatTime, groupThousands } from '../svg/format.ts';
import { type Comparison, compareWithBest, verdictClass } from './compare.ts';

/** Title, what was run, and the three or four figures that a reader looks for first, losses said as losses. */
export function renderHead(data: ReportData): string {
  const { metrics } = data;
  const startMs = Date.parse(metrics.start);
  const endMs = Date.parse(metrics.end);
  const facts = [
    { name: 'Pipeline', value: metrics.pipeline },
    { name: 'Model', value: metrics.model_version },
    { name: 'Data', value: metrics.data },
    { name: 'Rows evaluated', value: groupThousands(metrics.rows) },
    { name: 'Series × channels', value: `${metrics.series} × ${metrics.channels}` },
    { name: 'Step', value: formatDuration(metrics.step_ms) },
    { name: 'From (UTC)', value: formatTime(startMs) },
    { name: 'To (UTC)', value: formatTime(endMs) },
    { name: 'Span', value: formatDuration(endMs - startMs + metrics.step_ms) },
    ...data.facts,
  ];
  const list = facts
    .map(({ name, value }) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`)
    .join('');
  return `<h1>${escapeText(data.title)}</h1><dl class="facts">${list}</dl>${renderCards(metrics)}${renderNotes(data.notes)}`;
}

function renderCards({ imputation, forecast, anomaly, online }: MetricsJson): string {
  const cards: string[] = [];
  for (const [name, scores] of [
    ['Imputation CRPS', imputation],
    ['Forecast CRPS', forecast],
  ] as const) {
    if (scores === null) continue;
    const crpsOf = Object.fromEntries(Object.entries(scores.baselines).map(([baseline, { crps }]) => [baseline, crps]));
    cards.push(card(name, figure(scores.model.crps), compareWithBest(scores.model.crps, crpsOf, 'smaller')));
  }
  if (anomaly !== null) {
    const vusOf = Object.fromEntries(
      Object.entries(anomaly.baselines).map(([baseline, { vus_pr }]) => [baseline, vus_pr]),
    );
    cards.push(
      card('Anomaly VUS-PR', figure(anomaly.model.vus_pr), compareWithBest(anomaly.model.vus_pr, vusOf, 'larger')),
    );
    const found = `${anomaly.model.events_found ?? absent} of ${anomaly.model.events}`;
    const perDay = `${figure(anomaly.model.false_alarms_per_day)} false alarms per series and day`;
    cards.push(card('Events found', found, { verdict: 'equal', text: perDay }));
  } else if (online !== null) {
    const asked = `${formatNumber(online.alarm_rate_asked * 100)} % of ordinary rows asked`;
    cards.push(card('Rows in alarm', share(online.alarm_rate_achieved), { verdict: 'equal', text: asked }));
  }
  return cards.length === 0 ? '' : `<div class="cards">${cards.join('')}</div>`;
}

function card(name: string, value: string, comparison: Comparison | null): string {
  const note =
    comparison === null
      ? ''
      : `<div class="note ${verdictClass[comparison.verdict]}">${escapeText(comparison.text)}</div>`;
  return `<div class="card"><div class="name">${escapeText(name)}</div><div class="value">${escapeText(value)}</div>${note}</div>`;
}

function renderNotes(notes: readonly string[]): string {
  return notes.length === 0
    ? ''
    : `<ul class="soft">${notes.map((note) => `<li>${escapeText(note)}</li>`).join('')}</ul>`;
}

const figure = (value: number | null): string => (value === null ? absent : formatNumber(value));
const share = (value: number | null): string => (value === null ? absent : `${formatNumber(value * 100)} %`);
