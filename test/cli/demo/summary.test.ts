import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alarmRows, type DemoSummary, demoText, faultRows, table } from '../../../src/cli/demo/summary.ts';

const scores = (mae: number | null, crps: number | null, coverage90: number | null) => ({
  mae,
  rmse: mae,
  crps,
  nd: mae,
  coverage90,
  width90: 1,
  count: 42,
  unanswered: 0,
});
const anomaly: DemoSummary['anomaly'] = {
  model: {
    vus_pr: 1,
    vus_roc: 1,
    auc_pr: 1,
    auc_roc: 1,
    f1: 1,
    events: 2,
    events_found: 1,
    delay_ms_median: 1,
    false_alarms: 1,
    false_alarms_per_day: 0.5,
  },
  baselines: {},
};
const summary: DemoSummary = {
  pipeline: 'pumps',
  model: '0123456789ab',
  engine: 'onnx',
  seed: 7,
  days: 2,
  rows: 2880,
  imputation: {
    model: scores(0.1, 0.0726, 0.912),
    baselines: { base_residuals: scores(0.15, 0.1, 0.9), linear_interpolation: scores(0.2, 0.2, 0) },
  },
  forecast: {
    model: scores(0.3, 0.21, null),
    baselines: { ridge_var: scores(0.6, 0.4, 0.8), naive: scores(1, 0.7, 0.5) },
    horizon: 24,
  },
  anomaly,
  faults: [
    {
      kind: 'leak',
      start: '2026-01-05 10:00',
      end: '2026-01-05 11:00',
      channels: ['flow'],
      found: true,
      delay_minutes: 12,
      due_minutes: 30,
      in_time: true,
      blamed: ['flow', 'level'],
    },
    {
      kind: 'frozen_sensor',
      start: '2026-01-06 10:00',
      end: '2026-01-06 11:00',
      channels: ['level'],
      found: false,
      delay_minutes: null,
      due_minutes: 45,
      in_time: false,
      blamed: [],
    },
  ],
  false_alarms: [{ start: '2026-01-05 20:00', end: '2026-01-05 20:10', blamed: ['inflow'] }],
  false_alarms_per_day: 0.5,
  false_alarms_per_day_asked: 1,
};

describe('demoText', () => {
  const lines = demoText(summary, 12.4).split('\n');
  const line = (start: string) => lines.find((one) => one.trim().startsWith(start)) ?? '';

  test('tells what ran, the figures beside those of the references, and every fault', () => {
    assert.equal(lines[0], '2 days of pumps, 2880 rows, in 12 s (model 0123456789ab, engine onnx, seed 7)');
    assert.match(demoText(summary, 0), /Imputation of 42 missing cells/);
    assert.match(line('driftcast'), /0\.100\s+0\.073\s+91\.2 %$/);
    assert.match(line('linear interpolation'), /0\.200\s+0\.200\s+0\.0 %$/);
    assert.match(line('its base, bootstrap'), /0\.150\s+0\.100\s+90\.0 %$/);
    assert.match(line('ridge VAR'), /0\.600\s+0\.400\s+80\.0 %$/);
    assert.match(line('last value'), /1\.000\s+0\.700\s+50\.0 %$/);
    assert.match(
      line('Faults'),
      /^Faults: 1 of 2 found, 1 of them in time, 1 false alarms \(0\.50 a day, 1 asked for\)$/,
    );
    const byPValue = demoText({ ...summary, false_alarms_per_day_asked: null }, 0);
    assert.match(byPValue, /1 false alarms \(0\.50 a day\)/);
    assert.match(line('leak'), /2026-01-05 10:00\s+12 min\s+30 min\s+flow\s+flow, level$/);
    assert.match(line('frozen_sensor'), /missed\s+45 min\s+level$/);
    assert.match(lines.at(-1) ?? '', /2026-01-05 20:00 {2}inflow/);
  });

  test('a figure that is not defined is a dash, a reference that is not there has no line', () => {
    const forecast = lines.slice(lines.findIndex((one) => one.startsWith('Forecast')));
    assert.match(forecast.find((one) => one.includes('driftcast')) ?? '', /0\.300\s+0\.210\s+-$/);
    assert.equal(line('seasonal naive'), '');
  });

  test('without false alarms nothing is said of them', () => {
    assert.doesNotMatch(demoText({ ...summary, false_alarms: [] }, 0), /False alarms/);
  });
});

test('table: columns as wide as their cells, numbers to the right', () => {
  const rows = [
    ['model', '0.1', 'x'],
    ['a longer name', '12.25', ''],
  ];
  assert.deepEqual(table(['', 'MAE', 'note'], rows).split('\n'), [
    '                 MAE    note',
    '  model            0.1  x',
    '  a longer name  12.25',
  ]);
});

test('faults and false alarms become rows of the summary', () => {
  const fault = {
    kind: 'leak',
    channels: ['flow'],
    series: 's',
    startMs: Date.parse('2026-01-05T10:00:00Z'),
    endMs: Date.parse('2026-01-05T11:00:00Z'),
    detectWithinMs: 20 * 60_000,
  };
  const incident = {
    id: 'x',
    series: 's',
    startMs: fault.startMs + 1,
    firedMs: fault.startMs + 90_000,
    endMs: fault.endMs,
    channels: ['flow'],
  };
  assert.deepEqual(
    faultRows([
      { fault, incident, delayMs: 90_000, inTime: true },
      { fault, incident: null, delayMs: null, inTime: false },
    ]),
    [
      {
        kind: 'leak',
        start: '2026-01-05 10:00',
        end: '2026-01-05 11:00',
        channels: ['flow'],
        found: true,
        delay_minutes: 2,
        due_minutes: 20,
        in_time: true,
        blamed: ['flow'],
      },
      {
        kind: 'leak',
        start: '2026-01-05 10:00',
        end: '2026-01-05 11:00',
        channels: ['flow'],
        found: false,
        delay_minutes: null,
        due_minutes: 20,
        in_time: false,
        blamed: [],
      },
    ],
  );
  assert.deepEqual(alarmRows([incident]), [{ start: '2026-01-05 10:00', end: '2026-01-05 11:00', blamed: ['flow'] }]);
});
