import { createRng } from '../../src/core/rng.ts';
import { neutralCalibration } from '../../src/diffusion/calibration.ts';
import { type FittedBasis, fitBasis } from '../../src/diffusion/fit-basis.ts';
import { initialiseWeights } from '../../src/diffusion/initialise.ts';
import type { Model } from '../../src/diffusion/model.ts';

const minuteMs = 60_000;
const missingShare = 0.02;

export interface RandomModel {
  readonly fitted: FittedBasis;
  readonly model: Model;
  /** [rows, channel]: what the bases were fitted to; NaN where missing. */
  readonly values: Float64Array;
  readonly startMs: number;
}

export interface RandomModelOptions {
  readonly channels: number;
  readonly rows: number;
  /** Smaller than what a pipeline gets by default. */
  readonly tiny?: boolean;
  /** Rows of a window, if not those of the default. */
  readonly length?: number;
}

/** A model of the default sizes (unless `tiny`) with untrained weights, on noisy oscillations with 2 % of the cells missing. */
export function randomModel({ channels, rows, tiny = false, length }: RandomModelOptions): RandomModel {
  const rng = createRng(1);
  const startMs = Date.UTC(2026, 0, 1);
  const values = new Float64Array(rows * channels);
  for (let i = 0; i < values.length; i++) {
    const [t, c] = [Math.floor(i / channels), i % channels];
    const value = 20 + Math.sin((2 * Math.PI * t) / (20 + (c % 7))) + 0.3 * rng.normal();
    values[i] = rng.uniform() < missingShare ? Number.NaN : value;
  }
  const sizes = tiny
    ? { length: length ?? 32, horizon: 8, width: 8, blocks: 1 }
    : { length: length ?? 96, horizon: Math.min(24, Math.floor((length ?? 96) / 4)), width: 48, blocks: 2 };
  const measured = Array.from({ length: channels }, () => true);
  const series = { series: 'bench', startMs, rows, values };
  const fitted = fitBasis([series], { measured, stepMs: minuteMs, patch: 4, crossGroups: 3, ...sizes }, rng);
  const { basis, shape } = fitted;
  const weights = initialiseWeights(shape, rng);
  const calibration = neutralCalibration(channels, shape.channels);
  return { fitted, model: { version: '0123456789ab', shape, basis, weights, calibration }, values, startMs };
}
