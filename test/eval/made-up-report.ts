import { createRng, type Rng } from '../../src/core/rng.ts';
import type { DistributionJson, HorizonJson, MetricsJson } from '../../src/eval/metrics-json.ts';
import type { ExampleData, IncidentData, ReportData, TimelineData } from '../../src/eval/report-data.ts';

const minuteMs = 60_000;
const startMs = Date.UTC(2024, 4, 1);
const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
const z = [-1.645, -0.674, 0, 0.674, 1.645];

/** Invented, but of the shape that a real run has: a daily wave, gaps, two found events, a missed one, false alarms, one lost column. */
export function madeUpReport(rows = 30_000, seriesCount = 2): ReportData {
  const rng = createRng(7);
  return {
    title: 'driftcast backtest: pump-station',
    metrics: madeUpMetrics(rows, seriesCount),
    facts: [
      { name: 'Training rows', value: '20,160' },
      { name: 'Hidden for imputation', value: 'real gap patterns, 20 %' },
    ],
    notes: [
      'Everything after training is scored in time order, by the code that runs live.',
      'The seasonal naive knows the daily period; no other reference does.',
    ],
    timelines: Array.from({ length: seriesCount }, (_, s) => madeUpTimeline(`pump-${s + 1}`, rows, rng)),
    forecastExamples: ['flow_in', 'pressure_out', 'motor_temperature'].map((channel, i) =>
      madeUpExample(channel, rng, i, 'forecast'),
    ),
    imputationExamples: ['flow_in', 'valve_position', 'motor_current'].map((channel, i) =>
      madeUpExample(channel, rng, i, 'imputation'),
    ),
    misses: [madeUpIncident(rng, 40, 0.03)],
    falseAlarms: [madeUpIncident(rng, 9, 0.0002), madeUpIncident(rng, 3, 0.0007)],
  };
}

export function madeUpMetrics(rows = 30_000, series = 2): MetricsJson {
  const score = (crps: number, coverage90: number): DistributionJson => ({
    ...{ mae: crps * 1.38, rmse: crps * 2.1, crps, nd: crps / 3, coverage90, width90: crps * 6.2 },
    ...{ count: 18_204, unanswered: 0 },
  });
  const horizon = (base: number, slope: number, coverage: number): HorizonJson[] =>
    Array.from({ length: 24 }, (_, h) => {
      const crps = base + slope * Math.sqrt(h + 1);
      return { step: h + 1, mae: crps * 1.4, crps, coverage90: coverage - 0.001 * h + 0.008 * Math.sin(h) };
    });
  const ranking = { vus_roc: 0.941, auc_pr: 0.512, auc_roc: 0.933 };
  return {
    ...{
      schema_version: 1,
      pipeline: 'pump-station',
      model_version: '2024-05-01.3f9ac1',
      data: 'pump-station-may.csv',
    },
    ...{ rows: rows * series, series, channels: 8, step_ms: minuteMs },
    start: new Date(startMs).toISOString(),
    end: new Date(startMs + (rows - 1) * minuteMs).toISOString(),
    quantile_levels: levels,
    imputation: {
      model: score(0.1074, 0.893),
      baselines: { 'linear interpolation': score(0.2213, 0.902), 'last observed': score(0.2874, 0.897) },
      hidden_fraction: 0.2,
    },
    forecast: {
      model: score(0.3182, 0.904),
      baselines: { 'seasonal naive': score(0.3941, 0.881), naive: score(0.4417, 0.912), ridge: score(0.3127, 0.862) },
      horizon: 24,
      by_horizon: horizon(0.1, 0.06, 0.91),
      baselines_by_horizon: {
        'seasonal naive': horizon(0.38, 0.004, 0.885),
        naive: horizon(0.05, 0.105, 0.93),
        ridge: horizon(0.1, 0.058, 0.88),
      },
    },
    anomaly: {
      model: {
        ...{ ...ranking, vus_pr: 0.547, f1: 0.486, events: 11, events_found: 9, delay_ms_median: 3 * minuteMs },
        ...{ false_alarms: 14, false_alarms_per_day: 0.34 },
      },
      baselines: {
        'running z-score': {
          ...{ ...ranking, vus_pr: 0.481, f1: null, events: 11, events_found: null, delay_ms_median: null },
          ...{ false_alarms: null, false_alarms_per_day: null },
        },
      },
      hit_rate_100: 0.78,
    },
    online: {
      alarm_rate_asked: 0.001,
      alarm_rate_achieved: 0.0031,
      opened_rate_achieved: 0.0014,
      learning_rows: 1200,
      skipped_windows: 3,
    },
  };
}

export function madeUpTimeline(series: string, rows: number, rng: Rng): TimelineData {
  const pValue = Float64Array.from({ length: rows }, () => rng.uniform());
  const labels = new Uint8Array(rows);
  const alarms = new Uint8Array(rows);
  for (const [at, length, seen] of [
    [0.2, 60, true],
    [0.47, 400, true],
    [0.71, 120, false],
    [0.9, 20, true],
  ] as const) {
    const start = Math.floor(at * rows);
    for (let i = start; i < Math.min(rows, start + length); i++) {
      labels[i] = 1;
      if (!seen || i < start + 3) continue;
      alarms[i] = 1;
      pValue[i] = 0.0002 * (1 + rng.uniform());
    }
  }
  for (let i = 0; i < rows; i++) {
    if (i < rows * 0.03 || (i > rows * 0.55 && i < rows * 0.57)) pValue[i] = Number.NaN;
    else if (pValue[i] < 0.0004) alarms[i] = 1;
  }
  return { series, startMs, stepMs: minuteMs, pValue, alarms, labels, openPValue: 0.001 };
}

export function madeUpExample(channel: string, rng: Rng, phase: number, kind: 'forecast' | 'imputation'): ExampleData {
  const rows = 96;
  const observed = new Float64Array(rows).fill(Number.NaN);
  const truth = new Float64Array(rows).fill(Number.NaN);
  const quantiles = new Float64Array(rows * levels.length).fill(Number.NaN);
  const from = kind === 'forecast' ? 72 : 30;
  const to = kind === 'forecast' ? 96 : 54;
  for (let row = 0; row < rows; row++) {
    const mean = 40 + 8 * Math.sin(row / 9 + phase) + 3 * Math.cos(row / 4);
    const value = mean + rng.normal();
    const hidden = (row >= from && row < to) || (kind === 'imputation' && row === 80);
    if (!hidden) {
      if (row % 17 !== 3) observed[row] = value;
      continue;
    }
    truth[row] = value;
    const spread =
      kind === 'forecast'
        ? 0.8 + 0.12 * (row - from)
        : 0.7 + 1.4 * Math.sin((Math.PI * (row - from + 0.5)) / (to - from));
    for (const [q, deviate] of z.entries()) quantiles[row * levels.length + q] = mean + Math.max(0.6, spread) * deviate;
  }
  return {
    series: 'pump-1',
    channel,
    unit: 'l/s',
    startMs: startMs + phase * 7_200_000,
    stepMs: 10 * minuteMs,
    observed,
    truth,
    levels,
    quantiles,
  };
}

export function madeUpIncident(rng: Rng, length: number, minPValue: number): IncidentData {
  const rows = length + 80;
  const channel = (name: string, share: number, jump: number) => {
    const expected = Float64Array.from({ length: rows }, (_, row) => 5 + Math.sin(row / 11));
    const observed = expected.map(
      (value, row) => value + 0.2 * rng.normal() + (row >= 40 && row < 40 + length ? jump : 0),
    );
    return { name, unit: 'bar', share, observed, expected, halfWidth90: new Float64Array(rows).fill(0.45) };
  };
  return {
    ...{
      series: 'pump-2',
      startMs: startMs + 86_400_000,
      stepMs: minuteMs,
      firstRow: 40,
      lastRow: 40 + length - 1,
      minPValue,
    },
    channels: [
      channel('pressure_out', 0.61, 0.7),
      channel('flow_in', 0.22, -0.4),
      channel('motor_current', 0.08, 0.1),
      channel('idle', 0.01, 0),
    ],
  };
}
