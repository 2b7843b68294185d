import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PlantOptions, rowMessage } from '../../src/source/plant/plant.ts';
import { plants } from '../../src/source/plant/plants.ts';
import { runCli } from './cli.ts';
import type { Sent } from './kafka.ts';

/** Long past, so that no clock takes it for the future. */
export const startMs = Date.parse('2024-03-04T00:00:00Z');

/** What makes a model in seconds; good enough to compare two runs of it. */
const tinyTraining = ['--budget-seconds', '5', '--set', 'train.width=16', '--set', 'train.steps_max=30'];

export interface TinyOptions {
  readonly channels: readonly { readonly name: string; readonly unit?: string; readonly kind?: string }[];
  readonly stepMs: number;
  readonly source: Readonly<Record<string, unknown>>;
  readonly sinks: readonly Readonly<Record<string, unknown>>[];
  readonly deadLetter: Readonly<Record<string, unknown>>;
  readonly more?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A folder with `pipeline.yaml` (JSON is YAML) and, once trained, `model`. */
export class TinyPipeline {
  readonly folder: string;
  readonly file: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.file = path.join(folder, 'pipeline.yaml');
  }

  static async create(options: TinyOptions): Promise<TinyPipeline> {
    const tiny = new TinyPipeline(await mkdtemp(path.join(tmpdir(), 'driftcast-e2e-')));
    await tiny.write(options);
    return tiny;
  }

  async write({ channels, stepMs, source, sinks, deadLetter, more = {} }: TinyOptions): Promise<void> {
    const config = {
      name: 'tiny',
      source,
      decode: { type: 'json', series: { path: 'series' }, time: { path: 'time' }, unknown_channels: 'reject' },
      channels,
      window: { step_ms: stepMs, length_steps: 32, stride_steps: 4 },
      model: {
        path: 'model',
        horizon_steps: 8,
        forecast_every_steps: 16,
        quantiles: [0.05, 0.5, 0.95],
        impute_delay_steps: 8,
      },
      infer: { engine: 'onnx', workers: 1 },
      alert: { p_value: 0.01, pending_steps: 2 },
      score: { memory_scores: 500 },
      sinks,
      dead_letter: deadLetter,
      dashboard: { enabled: false },
      ...more,
    };
    await writeFile(this.file, JSON.stringify(config, null, 2));
  }

  /** Trains `model` on rows; `engine` as on the command line. */
  async train(rows: readonly Record<string, unknown>[], engine = 'auto', out = 'model'): Promise<string> {
    const history = path.join(this.folder, 'history.csv');
    const names = Object.keys(rows[0] ?? {});
    await writeFile(
      history,
      `${[names, ...rows.map((row) => names.map((name) => row[name] ?? ''))].map((cells) => cells.join(',')).join('\n')}\n`,
    );
    return runCli([
      'train',
      this.file,
      '--data',
      history,
      '--out',
      path.join(this.folder, out),
      '--engine',
      engine,
      ...tinyTraining,
    ]);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** The small plant of these tests: three web servers. */
export const plant = plants.server;
export const plantChannels = plant.channels.map(({ name, unit, kind }) => ({ name, unit, kind }));
const seriesUsed = new Set(plant.series.slice(0, 3));

export function plantRows(
  steps: number,
  options: Partial<PlantOptions> = {},
): Record<string, number | string | null>[] {
  const rows = plant.generate({ seed: 5, startMs, steps, faults: false, dropouts: true, ...options });
  return [...rows].filter(({ series }) => seriesUsed.has(series)).map((row) => rowMessage(plant, row));
}

/** A series always goes to the same partition. */
export const partitionOf = (series: string, partitions: number): number =>
  (series.codePointAt(series.length - 1) ?? 0) % partitions;

/** A row as a message. */
export function messageOf(row: Readonly<Record<string, unknown>>, partitions: number): Sent {
  const series = String(row.series);
  return { key: series, value: Buffer.from(JSON.stringify(row)), partition: partitionOf(series, partitions) };
}
