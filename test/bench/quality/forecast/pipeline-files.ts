import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gapBaseOf, numberOf, type RunSettings } from '../settings.ts';
import type { ForecastData } from './forecast-data.ts';

export interface ForecastTask {
  /** Rows that a forecast looks back on and ahead. */
  readonly context: number;
  readonly horizon: number;
  /** Rows between two forecasts. */
  readonly every: number;
}

export interface PipelineFiles {
  readonly pipeline: string;
  readonly history: string;
  readonly feed: string;
}

/** Writes what a user would have: a pipeline file, a recording to train on, and the feed to come. */
export function writePipelineFiles(
  folder: string,
  data: ForecastData,
  { context, horizon, every }: ForecastTask,
  settings: RunSettings,
  seed: number,
): PipelineFiles {
  const [history, feed] = ['history.csv', 'feed.csv'].map((name) => path.join(folder, name));
  writeFileSync(history, csv(data, 0, data.fitRows));
  writeFileSync(feed, csv(data, data.warmFrom, data.testTo));
  const pipeline = path.join(folder, 'pipeline.yaml');
  const config = {
    name: 'quality',
    source: { type: 'replay', path: feed },
    decode: { type: 'json', series: { constant: 'all' }, time: { path: 'time' } },
    channels: data.channels.map((name) => ({ name })),
    window: { step_ms: data.stepMs, length_steps: context + horizon, stride_steps: every },
    model: { horizon_steps: horizon, forecast_every_steps: every, impute_delay_steps: 0 },
    train: {
      seed,
      validation_fraction: data.validationFraction,
      test_fraction: 0, // the benchmark has its own test rows, which this file does not hold
      steps_max: settings.quick ? 12 : 100_000,
      width: settings.quick ? 8 : numberOf(settings, 'width', 48),
      patch_steps: numberOf(settings, 'patch', 4),
      batch_windows: settings.quick ? 4 : numberOf(settings, 'batch', 32),
      gap_base: gapBaseOf(settings),
      weight_decay: numberOf(settings, 'weight_decay', 0.02),
    },
    infer: { engine: 'onnx', workers: 1 },
    sinks: [{ type: 'line-protocol', path: path.join(folder, 'unused.lp') }],
    dead_letter: { type: 'file', path: path.join(folder, 'dead-letters.jsonl') },
    dashboard: { enabled: false },
  };
  writeFileSync(pipeline, JSON.stringify(config, null, 2));
  return { pipeline, history, feed };
}

/** A wide CSV file of some rows; an empty cell is a missing one. */
function csv({ channels, values, startMs, stepMs }: ForecastData, from: number, to: number): string {
  const width = channels.length;
  const lines = [['time', ...channels].join(',')];
  for (let row = from; row < to; row++) {
    const cells = Array.from(values.subarray(row * width, (row + 1) * width), (v) =>
      Number.isNaN(v) ? '' : String(v),
    );
    lines.push(`${startMs + row * stepMs},${cells.join(',')}`);
  }
  return `${lines.join('\n')}\n`;
}
