import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../src/core/rng.ts';
import { type ModelPackage, saveModelPackage } from '../../src/infer/model-package.ts';
import type { PlanOptions } from '../../src/infer/plan.ts';
import { coupledSeries, fitted, minuteMs, modelOf, randomWeights } from '../diffusion/fixtures.ts';

/** Runs `use` with a folder that is gone afterwards. */
export async function withFolder<R>(use: (dir: string) => Promise<R>): Promise<R> {
  const dir = await mkdtemp(join(tmpdir(), 'driftcast-model-'));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A small model with weights all of which matter, of three gauges and a constant command, saved to `dir`. */
export async function saveTinyModel(dir: string, seed = 1, changes = {}): Promise<ModelPackage> {
  const fit = fitted([coupledSeries('plant', 400, seed, { missing: 0.05, constant: 1 })], {
    measured: [true, true, true, false],
    length: 16,
    horizon: 4,
    ...changes,
  });
  const { calibration, ...model } = modelOf(fit, randomWeights(fit.shape, createRng(seed)));
  const metric = { model: 0.9, base: 1 };
  return saveModelPackage(
    dir,
    {
      pipeline: 'tiny',
      channels: ['a', 'b', 'c', 'd'].map((name, c) => ({ name, unit: 'bar', kind: c === 3 ? 'command' : 'gauge' })),
      trained: {
        fingerprint: '00',
        rows: 400,
        from: '2024-01-01',
        to: '2024-01-02',
        steps: 1,
        seconds: 1,
        engine: 'wasm',
        seed,
      },
      metrics: { impute: metric, forecast: metric, score: metric, cross: metric },
    },
    { ...model, calibration: { ...calibration, referenceScores: Float64Array.of(0.5, 1, 2) } },
  );
}

export const tinyOptions = (changes: Partial<PlanOptions> = {}): PlanOptions => ({
  quantiles: [0.05, 0.5, 0.95],
  forecastEverySteps: 4,
  imputeDelaySteps: 4,
  samplerMethod: 'distributional',
  samplerSteps: 1,
  samplerSamples: 4,
  minObservedFraction: 0.1,
  scoreParts: ['score', 'cross'],
  bounds: Array.from({ length: 4 }, () => ({ min: -1e9, max: 1e9 })),
  batchCallsMax: 64,
  ...changes,
});

/** Windows of the tiny model's plant, each of a series of its own. */
export function tinyWindows(count: number, seed = 9) {
  const { values, startMs } = coupledSeries('plant', 16 + 4 * count, seed, { missing: 0.1, constant: 1 });
  return Array.from({ length: count }, (_, k) => ({
    series: `s${k}`,
    endMs: startMs + (15 + 4 * k) * minuteMs,
    newRows: 4,
    observedFraction: 0.9,
    values: values.slice(4 * k * 4, (4 * k + 16) * 4),
    location: Float64Array.of(50, -3, 0.2, 7),
    scale: Float64Array.of(7, 1.4, 0.03, 1),
  }));
}
