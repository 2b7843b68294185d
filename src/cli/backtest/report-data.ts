import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { MetricsJson } from '../../eval/metrics-json.ts';
import type { IncidentData, ReportData } from '../../eval/report-data.ts';
import { type RankedIncident, worstFalseAlarms, worstMisses } from '../../eval/worst-incidents.ts';
import type { Manifest } from '../../infer/model-package.ts';
import type { AnomalyJudge, SeriesScores } from '../evaluate/anomaly-judge.ts';
import type { Examples } from './examples.ts';

const aroundRows = 40;
const incidentRowsMax = 400;
const incidentChannels = 3;
const driftsMax = 6;

/** Everything the report shows of a backtest. */
export function reportData(
  metrics: MetricsJson,
  manifest: Manifest,
  config: PipelineConfig,
  anomaly: AnomalyJudge,
  examples: Examples,
): ReportData {
  const { trained } = manifest;
  const incidents = anomaly.series.map((own) => ({ own, report: anomaly.reportOf(own) }));
  const pictures = (pick: (entry: (typeof incidents)[number]) => readonly RankedIncident[]) =>
    incidents.flatMap((entry) =>
      pick(entry)
        .slice(0, 4)
        .map((incident) => picture(incident, entry.own, config, examples)),
    );
  return {
    title: `Backtest of ${metrics.pipeline} on ${metrics.data}`,
    metrics,
    facts: [
      {
        name: 'Trained on',
        value: `${trained.rows.toLocaleString('en')} rows, ${trained.from.slice(0, 10)} to ${trained.to.slice(0, 10)}`,
      },
      {
        name: 'Training',
        value: `${trained.steps.toLocaleString('en')} steps in ${trained.seconds} s on ${trained.engine}`,
      },
    ],
    notes: notes(metrics, trained),
    timelines: anomaly.series.map(({ truth, pValue, alarm }) => ({
      series: truth.series,
      startMs: truth.startMs,
      stepMs: config.window.step_ms,
      pValue,
      alarms: alarm,
      labels: truth.labels,
      openPValue: anomaly.askedPValue,
    })),
    forecastExamples: examples.forecasts,
    imputationExamples: examples.imputations,
    misses: metrics.anomaly === null ? [] : pictures(({ own, report }) => worstMisses(report.events, own.pValue)),
    falseAlarms:
      metrics.anomaly === null ? [] : pictures(({ own, report }) => worstFalseAlarms(report.falseAlarms, own.pValue)),
  };
}

function notes(metrics: MetricsJson, trained: Manifest['trained']): string[] {
  const overlaps = metrics.start <= trained.to && metrics.end >= trained.from;
  return [
    'The file was replayed causally through the rooms that serve it; hidden cells were hidden from model and references alike.',
    'Linear interpolation looks ahead without bound; the model sees as many rows after a gap as impute_delay_steps allows.',
    ...(overlaps
      ? [
          'The times of this file overlap those of the training data: if it is the same data, the figures flatter the model.',
        ]
      : []),
    ...(metrics.drift ?? []).slice(0, driftsMax).map(({ summary }) => `Changed for good: ${summary}.`),
  ];
}

function picture(
  incident: RankedIncident,
  own: SeriesScores,
  config: PipelineConfig,
  examples: Examples,
): IncidentData {
  const channels = config.channels.length;
  const first = Math.max(0, incident.start - aroundRows);
  const rows = Math.min(own.truth.rows - first, incident.end - first + 1 + aroundRows, incidentRowsMax);
  const expected = examples.expected.get(own.truth.series);
  const column = (values: ArrayLike<number> | undefined, c: number) =>
    Float64Array.from({ length: rows }, (_, k) =>
      values === undefined ? Number.NaN : (values[(first + k) * channels + c] as number),
    );
  return {
    series: own.truth.series,
    startMs: own.truth.startMs + first * config.window.step_ms,
    stepMs: config.window.step_ms,
    firstRow: incident.start - first,
    lastRow: Math.min(incident.end - first, rows - 1),
    minPValue: incident.minPValue,
    channels: blamed(incident, own)
      .slice(0, incidentChannels)
      .map(({ channel, share }) => ({
        name: config.channels[channel]?.name ?? '',
        unit: config.channels[channel]?.unit ?? '',
        share,
        observed: column(own.truth.truth, channel),
        expected: column(expected?.expected, channel),
        halfWidth90: column(expected?.halfWidth90, channel),
      })),
  };
}

/** Channels by their mean share over the rows of the incident. */
function blamed({ start, end }: RankedIncident, own: SeriesScores): { channel: number; share: number }[] {
  const shares = new Map<number, number>();
  for (let row = start; row <= end; row++) {
    for (const { channel, share } of own.topChannels[row] ?? [])
      shares.set(channel, (shares.get(channel) ?? 0) + share / (end - start + 1));
  }
  return [...shares].map(([channel, share]) => ({ channel, share })).sort((a, b) => b.share - a.share);
}
