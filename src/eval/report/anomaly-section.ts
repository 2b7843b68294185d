import type { MetricsJson } from '../metrics-json.ts';
import type { IncidentData, ReportData } from '../report-data.ts';
import { escapeText } from '../svg/escape.ts';
import { absent, formatDuration, formatNumber, formatTime, groupThousands } from '../svg/format.ts';
import { compareWithBest, verdictClass } from './compare.ts';
import { renderIncident } from './incident-chart.ts';
import { renderLegend } from './legend.ts';
import { renderAnomalyTable } from './tables.ts';
import { renderTimeline } from './timeline-chart.ts';

const timelinesMax = 6;
const incidentsMax = 4;

export function renderAnomalies(data: ReportData): string {
  const { anomaly, online } = data.metrics;
  return `<section><h2>Anomalies</h2>${anomaly === null ? unlabelled : renderScores(anomaly)}${online === null ? '' : renderOnline(online)}${renderTimelines(data)}</section>`;
}

/** Missed events and false alarms with what the model saw: where somebody who wants to trust it will look. */
export function renderIncidents(data: ReportData): string {
  const { anomaly } = data.metrics;
  const missed =
    anomaly === null || anomaly.model.events_found === null
      ? data.misses.length
      : anomaly.model.events - anomaly.model.events_found;
  const falseAlarms = anomaly?.model.false_alarms ?? data.falseAlarms.length;
  if (data.misses.length + data.falseAlarms.length === 0) return '';
  const legend = renderLegend([
    { mark: 'line', className: 'observed', text: 'observed' },
    { mark: 'line', className: 'median', text: 'expected' },
    { mark: 'area', className: 'band90', text: 'central 90 %' },
    { mark: 'area', className: 'labelled', text: 'missed event' },
    { mark: 'area', className: 'alarm-area', text: 'false alarm' },
  ]);
  return `<section><h2>Misses and false alarms</h2>${legend}${renderList('Missed events', missed, data.misses, 'miss')}${renderList('False alarms', falseAlarms, data.falseAlarms, 'false alarm')}</section>`;
}

const unlabelled =
  '<p class="soft">The data carries no labels: ranking metrics, found events and false alarms are not defined.</p>';

function renderScores(anomaly: NonNullable<MetricsJson['anomaly']>): string {
  const baselines = Object.fromEntries(Object.entries(anomaly.baselines).map(([name, row]) => [name, row.vus_pr]));
  const comparison = compareWithBest(anomaly.model.vus_pr, baselines, 'larger');
  const hitRate = anomaly.hit_rate_100 ?? null;
  return [
    '<p>VUS-PR and VUS-ROC as TSB-AD computes them (buffers from 0 to the estimated period of the first channel); no point adjustment anywhere. An event is found by one alarm within it or its grace; a false alarm is a run of alarms that touches no event. Best of each column in bold.</p>',
    renderAnomalyTable(anomaly),
    comparison === null
      ? ''
      : `<p>VUS-PR: the model is <span class="${verdictClass[comparison.verdict]}">${escapeText(comparison.text)}</span>.</p>`,
    hitRate === null
      ? ''
      : `<p>Attribution: HitRate@100 % ${formatNumber(hitRate)}, the share of truly affected channels among as many top contributors.</p>`,
  ].join('');
}

function renderOnline(online: NonNullable<MetricsJson['online']>): string {
  const rate = (value: number | null) => (value === null ? absent : `${formatNumber(value * 100)} %`);
  const times = (value: number | null) =>
    value === null ? '' : ` <span class="soft">(${formatNumber(value / online.alarm_rate_asked)} × asked)</span>`;
  const rows = [
    ['Asked: ordinary rows that may open an alarm', rate(online.alarm_rate_asked)],
    [
      'Achieved: ordinary rows with a p-value that opens',
      `${rate(online.opened_rate_achieved)}${times(online.opened_rate_achieved)}`,
    ],
    ['Ordinary rows in alarm, with those that hysteresis keeps', rate(online.alarm_rate_achieved)],
    ['Rows spent learning, without alarms', groupThousands(online.learning_rows)],
    ['Windows skipped: too few observed cells', groupThousands(online.skipped_windows)],
  ];
  const body = rows.map(([name, value]) => `<tr><td>${name}</td><td>${value}</td></tr>`).join('');
  return `<h3>Alarm rate, asked and achieved</h3><div class="wide"><table class="narrow"><tbody>${body}</tbody></table></div>`;
}

function renderTimelines({ timelines }: ReportData): string {
  if (timelines.length === 0) return '';
  const legend = renderLegend([
    { mark: 'line', className: 'score', text: 'p-value' },
    { mark: 'line', className: 'threshold', text: 'opens an alarm' },
    { mark: 'area', className: 'alarmed', text: 'alarm' },
    ...(timelines.some(({ labels }) => labels !== null)
      ? [{ mark: 'area' as const, className: 'labelled', text: 'labelled event' }]
      : []),
  ]);
  const figures = timelines
    .slice(0, timelinesMax)
    .map(
      (timeline) =>
        `<figure class="timeline"><figcaption><b>${escapeText(timeline.series)}</b></figcaption><div class="wide">${renderTimeline(timeline)}</div></figure>`,
    );
  const hidden = timelines.length - timelinesMax;
  const more = hidden > 0 ? `<p class="soft">${hidden} more series are in the figures above but not drawn.</p>` : '';
  return `<h3>The whole run</h3><p class="soft">Up is more anomalous. Each pixel shows the smallest p-value of its stretch; times are UTC.</p>${legend}${figures.join('')}${more}`;
}

function renderList(
  title: string,
  total: number,
  incidents: readonly IncidentData[],
  kind: 'miss' | 'false alarm',
): string {
  if (incidents.length === 0) return '';
  const shown = incidents.slice(0, incidentsMax);
  const items = shown.map((incident) => {
    const rows = incident.lastRow - incident.firstRow + 1;
    const when = formatTime(incident.startMs + incident.firstRow * incident.stepMs);
    const p = Number.isNaN(incident.minPValue) ? 'not scored' : `smallest p-value ${formatNumber(incident.minPValue)}`;
    const told = `${when}, ${formatDuration(rows * incident.stepMs)}, ${p}`;
    return `<div class="incident"><div><b>${escapeText(incident.series)}</b> <span class="soft">${told}</span></div>${renderIncident(incident, kind)}</div>`;
  });
  return `<h3>${title}: ${shown.length === total ? `all ${total}` : `${shown.length} of ${total}, the worst`}</h3>${items.join('')}`;
}
