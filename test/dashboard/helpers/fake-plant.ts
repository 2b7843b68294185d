import type { AlertTransition, Outcome } from '../../../src/core/alert.ts';
import type { Channel } from '../../../src/core/channel.ts';
import type { Inference } from '../../../src/core/inference.ts';
import { byReference } from '../../../src/core/reference-names.ts';
import { createRng, seedOf } from '../../../src/core/rng.ts';
import type { RowVerdict } from '../../../src/core/verdict.ts';
import type { Window } from '../../../src/core/window.ts';
import { createFeed, type Feed } from '../../../src/dashboard/feed.ts';

/** A pumping station as the model would see it: ten channels, gaps, and one fault, all a function of series and row. */

export const stepMs = 10_000;
export const windowSteps = 96;
export const strideSteps = 4;
export const horizon = 24;
export const quantileLevels = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
/** 2026-03-14T00:00:00Z, on the grid. */
export const startMs = 1_773_446_400_000;
const normalQuantiles = [-1.645, -0.6745, 0, 0.6745, 1.645] as const;

interface Shape {
  readonly level: number;
  readonly swing: number;
  readonly periodRows: number;
  readonly noise: number;
  /** What the fault adds at its height, in units of noise. */
  readonly fault: number;
}

const gauge = (name: string, unit: string): Channel => ({
  name,
  unit,
  kind: 'gauge',
  aggregate: 'mean',
  min: -1e9,
  max: 1e9,
});

export const channels: readonly Channel[] = [
  gauge('flow_in', 'm³/h'),
  gauge('flow_out', 'm³/h'),
  gauge('pressure_in', 'bar'),
  gauge('pressure_out', 'bar'),
  gauge('motor_current', 'A'),
  gauge('motor_temp', '°C'),
  gauge('bearing_temp', '°C'),
  gauge('vibration', 'mm/s'),
  gauge('tank_level', '%'),
  { ...gauge('valve_set', '%'), kind: 'command' },
];

const shapes: readonly Shape[] = [
  { level: 412, swing: 38, periodRows: 160, noise: 5, fault: -2 },
  { level: 405, swing: 38, periodRows: 160, noise: 5, fault: -9 },
  { level: 1.82, swing: 0.12, periodRows: 240, noise: 0.015, fault: 0 },
  { level: 6.4, swing: 0.5, periodRows: 160, noise: 0.05, fault: -12 },
  { level: 84, swing: 7, periodRows: 160, noise: 0.9, fault: 5 },
  { level: 61, swing: 4, periodRows: 420, noise: 0.25, fault: 3 },
  { level: 48, swing: 3, periodRows: 420, noise: 0.2, fault: 1 },
  { level: 2.1, swing: 0.15, periodRows: 90, noise: 0.08, fault: 16 },
  { level: 66, swing: 14, periodRows: 380, noise: 0.4, fault: 0 },
  { level: 70, swing: 0, periodRows: 100, noise: 0, fault: 0 },
];

export interface Plant {
  readonly series: string;
  /** Rows of the fault, [from, to). */
  readonly fault: readonly [number, number] | null;
  /** Rows without any reading, [from, to), and single channels' gaps. */
  readonly outages: readonly { readonly rows: readonly [number, number]; readonly channels: readonly number[] }[];
  /** Before this row the score is still learning. */
  readonly learnedAt: number;
}

export const pump1: Plant = {
  series: 'north/pump-1',
  fault: [556, 640],
  outages: [
    { rows: [470, 482], channels: [2, 3] },
    { rows: [505, 511], channels: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
    { rows: [575, 583], channels: [5] },
    { rows: [300, 330], channels: [7, 8] },
  ],
  learnedAt: 140,
};

export const pump2: Plant = {
  series: 'north/pump-2',
  fault: null,
  outages: [{ rows: [540, 552], channels: [6] }],
  learnedAt: 140,
};

const faultShare = (plant: Plant, row: number) =>
  plant.fault === null || row < plant.fault[0] || row >= plant.fault[1] ? 0 : Math.min(1, (row - plant.fault[0]) / 12);

/** What a perfect model expects. */
export function expectedAt(plant: Plant, row: number, channel: number): number {
  const { level, swing, periodRows } = shapes[channel];
  if (channel === 9) return Math.floor(row / 120) % 2 === 0 ? 70 : 55;
  const phase = (seedOf(plant.series, channel) & 255) / 255;
  return (
    level + swing * (Math.sin(2 * Math.PI * (row / periodRows + phase)) + 0.3 * Math.sin((2 * Math.PI * row) / 37))
  );
}

export function valueAt(plant: Plant, row: number, channel: number): number {
  const missing =
    plant.outages.some(({ rows, channels: gone }) => row >= rows[0] && row < rows[1] && gone.includes(channel)) ||
    (channel === 8 && row % 53 === 7);
  if (row < 0 || missing) return Number.NaN;
  const { noise, fault } = shapes[channel];
  const rng = createRng(seedOf(plant.series, row, channel));
  return expectedAt(plant, row, channel) + noise * (rng.normal() + fault * faultShare(plant, row));
}

/** The window that ends with `row`. */
export function windowAt(plant: Plant, row: number): Window {
  const values = new Float64Array(windowSteps * channels.length);
  let observed = 0;
  for (let r = 0; r < windowSteps; r++) {
    for (let c = 0; c < channels.length; c++) {
      const value = valueAt(plant, row - windowSteps + 1 + r, c);
      values[r * channels.length + c] = value;
      if (!Number.isNaN(value)) observed++;
    }
  }
  return {
    series: plant.series,
    endMs: startMs + row * stepMs,
    stepMs,
    values,
    length: windowSteps,
    channels: channels.length,
    newRows: strideSteps,
    location: new Float64Array(channels.length),
    scale: new Float64Array(channels.length).fill(1),
    observedFraction: observed / values.length,
    hold: { topic: 'telemetry', partition: 0, generation: 1, offset: row },
  };
}

const quantilesAt = (plant: Plant, row: number, channel: number, width: number) =>
  normalQuantiles.map((z) => expectedAt(plant, row, channel) + z * shapes[channel].noise * width);

export function inferenceAt(plant: Plant, row: number): Inference {
  const window = windowAt(plant, row);
  const count = channels.length;
  // The newest rows at once, and those whose right context is now complete, again.
  const wanted = [4, 3, 2, 1].flatMap((back) => [windowSteps - back - 12, windowSteps - back]).sort((a, b) => a - b);
  const imputed = wanted.flatMap((r) =>
    Array.from({ length: count }, (_, c) => {
      const known = !Number.isNaN(window.values[r * count + c]);
      return known ? quantileLevels.map(() => Number.NaN) : quantilesAt(plant, row - windowSteps + 1 + r, c, 2);
    }).flat(),
  );
  const newRows = [3, 2, 1, 0].map((back) => row - back);
  const cells = newRows.flatMap((each) => Array.from({ length: count }, (_, c) => ({ row: each, c })));
  const steps = Array.from({ length: horizon }, (_, h) => h + 1);
  const fan = steps.flatMap((h) =>
    Array.from({ length: count }, (_, c) => quantilesAt(plant, row + h, c, 1 + h / 5)).flat(),
  );
  return {
    window,
    modelVersion: '3f9c2a71',
    quantileLevels,
    imputed: {
      rows: Int32Array.from(wanted),
      final: Uint8Array.from(wanted, (r) => (r < windowSteps - 4 ? 1 : 0)),
      quantiles: Float64Array.from(imputed),
    },
    forecast: (row + 1) % 8 === 0 ? { horizon, quantiles: Float64Array.from(fan) } : null,
    residual: {
      squared: Float64Array.from(cells, () => 1),
      expected: Float64Array.from(cells, ({ row: r, c }) => (c === 9 ? Number.NaN : expectedAt(plant, r, c))),
      halfWidth90: Float64Array.from(cells, ({ c }) => 1.645 * shapes[c].noise),
    },
  };
}

function verdictAt(plant: Plant, row: number): RowVerdict {
  const share = faultShare(plant, row);
  const rng = createRng(seedOf(plant.series, row, 'p'));
  // Smoothed, as real scores are: a slow wave and a little noise.
  const wave = 0.45 + 0.35 * Math.sin(row / 23) + 0.12 * rng.normal();
  const pValue =
    share > 0 ? 10 ** -(3.7 * Math.min(1, share * 1.6) + 0.15 * rng.uniform()) : Math.min(1, 10 ** -Math.max(0, wave));
  return {
    timeMs: startMs + row * stepMs,
    score: share > 0 ? 1 + 9 * share : 0.9 + 0.2 * rng.uniform(),
    pValue,
    alarm: pValue <= 0.001 && row >= plant.learnedAt,
    learning: row < plant.learnedAt,
    references: referencesAt(plant, row),
    topChannels: [
      contribution(plant, row, 7, 0.46),
      contribution(plant, row, 3, 0.31),
      contribution(plant, row, 1, 0.14),
    ],
  };
}

/** The ridge VAR sees the fault later, the z-score sees a wave of its own; they have learnt later than the model. */
function referencesAt(plant: Plant, row: number) {
  const share = faultShare(plant, row - 20);
  const pValues = {
    ridge_var: share > 0 ? 10 ** (-3.3 * share) : 10 ** (-0.3 - 0.3 * Math.sin(row / 17)),
    z_score: 10 ** (-0.9 - 0.8 * Math.sin(row / 61)),
  };
  const learning = row < plant.learnedAt + 60;
  return byReference((name) => ({
    score: 1 - Math.log10(pValues[name]),
    pValue: pValues[name],
    alarm: !learning && pValues[name] <= 0.001,
    learning,
  }));
}

const contribution = (plant: Plant, row: number, channel: number, share: number) => ({
  channel,
  share,
  observed: valueAt(plant, row, channel),
  expected: expectedAt(plant, row, channel),
  halfWidth90: 1.645 * shapes[channel].noise,
});

/** The outcome of the window that ends with `row`, with the alerts that a fault brings. */
export function outcomeAt(plant: Plant, row: number): Outcome {
  const rows = [3, 2, 1, 0].map((back) => verdictAt(plant, row - back));
  const needed = plant.learnedAt + 60;
  const referencesLearnt = byReference(() => ({ scores: Math.min(row, needed), needed }));
  return {
    verdict: { inference: inferenceAt(plant, row), rows, referencesLearnt },
    alerts: alertsAt(plant, row, rows),
  };
}

function alertsAt(plant: Plant, row: number, rows: readonly RowVerdict[]): AlertTransition[] {
  if (plant.fault === null) return [];
  const opens = plant.fault[0] + 7;
  const changes = [
    { state: 'pending', at: opens },
    { state: 'firing', at: opens + 1 },
    { state: 'resolved', at: plant.fault[1] + 8 },
  ] as const;
  return changes
    .filter(({ at }) => at > row - strideSteps && at <= row)
    .map(({ state, at }) => ({
      id: `${plant.series}@${startMs + opens * stepMs}`,
      series: plant.series,
      kind: 'anomaly',
      state,
      startMs: startMs + opens * stepMs,
      timeMs: startMs + at * stepMs,
      peakScore: 9.8,
      peakMs: startMs + at * stepMs,
      first: null,
      minPValue: 0.0002,
      channels: rows[3].topChannels,
      summary: 'vibration, pressure_out and flow_out left what the other channels imply',
    }));
}

/** A feed that has seen the plants up to `lastRow` (the end of a stride). */
export function fakeFeed(plants: readonly Plant[], lastRow: number): Feed {
  const feed = createFeed({
    pipeline: 'pump-station',
    channels,
    modelVersion: null,
    stepMs,
    windowSteps,
    alarmPValue: () => 0.001,
  });
  for (let row = windowSteps - 1; row <= lastRow; row += strideSteps) {
    for (const plant of plants) feed.push(outcomeAt(plant, row));
  }
  return feed;
}
