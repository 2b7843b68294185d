import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registry } from '../../../../src/components.ts';
import { loadPipeline } from '../../../../src/config/load.ts';
import type { PipelineConfig } from '../../../../src/config/pipeline-schema.ts';
import type { AnomalyFile } from '../data/anomaly-file.ts';
import { type AnomalySettings, askedPValue, windowRows } from '../settings.ts';

/** The pipeline of a file as a user would write it: its channels, a window, a network of its size; the rest are the defaults. */
export function pipelineConfig(file: AnomalyFile, settings: AnomalySettings): PipelineConfig {
  const asked = {
    name: 'anomaly',
    source: { type: 'replay', path: 'unused.csv' },
    decode: { type: 'json', series: { constant: 'all' }, time: { path: 'time' } },
    channels: file.channels,
    window: { step_ms: file.stepMs, length_steps: windowRows, min_observed_fraction: 0 },
    // nothing is forecast or filled here: the base of forecasts is kept small
    model: { horizon_steps: 4, forecast_every_steps: 0, impute_delay_steps: 0 },
    train: {
      seed: settings.seed,
      test_fraction: 0, // the file's other rows are the test
      steps_max: settings.quick ? 6 : 150,
      batch_windows: settings.quick ? 4 : 16,
      width: settings.quick ? 8 : 32,
      weight_decay: 0.05,
      gap_base: 'interpolation',
      validate_every_steps: 50,
    },
    alert: { p_value: askedPValue },
    infer: { engine: 'onnx', workers: 1 },
    sinks: [{ type: 'line-protocol', path: 'unused.lp' }],
    dead_letter: { type: 'file', path: 'unused.jsonl' },
    dashboard: { enabled: false },
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'driftcast-anomaly-'));
  try {
    const written = path.join(folder, 'pipeline.yaml');
    writeFileSync(written, JSON.stringify(asked));
    return loadPipeline(written, { registry, env: {}, overrides: [] }).config;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
