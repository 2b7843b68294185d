import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Prepared, prepare } from '../../../src/cli/train/prepare.ts';
import { registry } from '../../../src/components.ts';
import { loadPipeline } from '../../../src/config/load.ts';
import type { PipelineConfig } from '../../../src/config/pipeline-schema.ts';
import { createRng } from '../../../src/core/rng.ts';
import { neutralCalibration } from '../../../src/diffusion/calibration.ts';
import { initialiseWeights } from '../../../src/diffusion/initialise.ts';
import type { Model } from '../../../src/diffusion/model.ts';
import type { GridSeries } from '../../../src/diffusion/normal.ts';
import { madeUpLines, madeUpPipeline, minuteMs, startMs } from '../../support/made-up-csv.ts';

/** The config of the made-up pipeline, with overrides of its values. */
export async function madeUpConfig(...overrides: string[]): Promise<PipelineConfig> {
  const dir = await mkdtemp(path.join(tmpdir(), 'driftcast-config-'));
  try {
    await writeFile(path.join(dir, 'pipeline.yaml'), madeUpPipeline());
    return loadPipeline(path.join(dir, 'pipeline.yaml'), { registry, env: {}, overrides }).config;
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** The made-up lines on the grid. */
export function madeUpSeries(rows: number, series = 'plant', seed = 1, firstMs = startMs): GridSeries {
  const cells = madeUpLines(rows, { seed }).flatMap((line) => line.slice(1, 4));
  const values = Float64Array.from(cells, (cell) => (cell === '' ? Number.NaN : Number(cell)));
  return { series, startMs: firstMs, rows, values };
}

/** Untrained: its bases alone. */
export function madeUpModel(
  series: readonly GridSeries[],
  config: PipelineConfig,
): { prepared: Prepared; model: Model } {
  const prepared = prepare(series, config, 'made-up');
  const { basis, shape } = prepared.fitted;
  const calibration = neutralCalibration(config.channels.length, shape.channels);
  const weights = initialiseWeights(shape, createRng(3));
  return { prepared, model: { version: '0123456789ab', shape, basis, weights, calibration } };
}

export { minuteMs, startMs };
