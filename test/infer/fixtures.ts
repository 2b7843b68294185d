import type { DirectRidge } from '../../src/diffusion/base/direct-ridge.ts';
import { ridgeFeatureCount, ridgeShapeFor } from '../../src/diffusion/base/direct-ridge.ts';
import { neutralCalibration } from '../../src/diffusion/calibration.ts';
import type { CallTensors } from '../../src/diffusion/call.ts';
import type { Model } from '../../src/diffusion/model.ts';
import type { Draws } from '../../src/diffusion/program.ts';
import { drawCounts, type SamplerSpec } from '../../src/diffusion/sampler/method.ts';
import type { Engine } from '../../src/infer/engines/engine.ts';
import type { PlanOptions, PlanWindow } from '../../src/infer/plan.ts';
import { shapeOf } from '../diffusion/fixtures.ts';

export const stepMs = 1000;
export const length = 32;
export const horizon = 8;
/** Channel 0 and 3: gauges, 1: a command, all active; 2: a gauge and 4: a command that never varied. */
export const kinds = ['gauge', 'command', 'gauge', 'gauge', 'command'] as const;
export const channels = kinds.length;
export const active = [0, 1, 3];
export const scale = [2, 3, 5] as const;

/** A model whose bases are: a line for gaps, the last value for forecasts, zero for scores. */
export function plainModel(groups: readonly (readonly number[])[] = []): Model {
  const shape = shapeOf({ length, channels: active.length, timeFeatures: 1 });
  const own = ridgeShapeFor(active.length, length - horizon, 1);
  const ridge: DirectRidge = {
    ...own,
    horizon,
    coefficients: new Float32Array(active.length * ridgeFeatureCount(own) * horizon),
    residualStd: new Float32Array(active.length * horizon).fill(1),
  };
  const ofTask = () => Float32Array.from(scale);
  return {
    version: '0123456789ab',
    shape,
    weights: new Map(),
    calibration: neutralCalibration(channels, active.length),
    basis: {
      priors: Array.from({ length: channels }, () => ({ mean: 0, variance: 1, absMax: 1, weight: 100 })),
      seriesPriors: new Map(),
      active,
      gauges: kinds.map((kind) => kind === 'gauge'),
      gaps: null,
      ahead: [],
      planned: [],
      classes: [],
      transforms: kinds.map(() => 'none' as const),
      measured: active.map((c) => kinds[c] === 'gauge'),
      stepMs,
      horizon,
      periodsMs: [],
      residualScale: { impute: ofTask(), forecast: ofTask(), score: ofTask(), cross: ofTask() },
      ridge,
      autoregression: {
        channels: active.length,
        coefficients: new Float32Array((3 * active.length + 1) * active.length),
      },
      cross: { groups, lags: [0, 1, 2, 4], coefficients: new Float32Array(active.length * (4 * active.length + 1)) },
    },
  };
}

export const planOptions = (changes: Partial<PlanOptions> = {}): PlanOptions => ({
  quantiles: [0.05, 0.5, 0.95],
  forecastEverySteps: 0,
  imputeDelaySteps: 6,
  samplerMethod: 'distributional',
  samplerSteps: 1,
  samplerSamples: 8,
  minObservedFraction: 0.1,
  scoreParts: ['score'],
  bounds: Array.from({ length: channels }, () => ({ min: -Number.MAX_VALUE, max: Number.MAX_VALUE })),
  batchCallsMax: 64,
  ...changes,
});

/** A window of ones around 100 (in units of 10) with what is given changed; ends at row 31 unless said. */
export function planWindow(
  change: (t: number, c: number) => number | undefined = () => undefined,
  other: Partial<PlanWindow> = {},
): PlanWindow {
  const values = Float64Array.from(
    { length: length * channels },
    (_, i) => change(Math.floor(i / channels), i % channels) ?? 110,
  );
  const observed = values.filter((v) => !Number.isNaN(v)).length;
  return {
    series: 's',
    endMs: (length - 1) * stepMs,
    newRows: 4,
    observedFraction: observed / values.length,
    values,
    location: new Float64Array(channels).fill(100),
    scale: new Float64Array(channels).fill(10),
    ...other,
  };
}

export interface FakeEngine extends Engine {
  /** Sizes of the batches asked for. */
  readonly marginalSizes: number[];
  readonly pathSizes: number[];
}

/** An engine of closed form: every cell has location and scale as given; a path is the last logistic (else normal) draw of each cell. */
export function fakeEngine(law: { readonly location: number; readonly scale: number }): FakeEngine {
  const marginalSizes: number[] = [];
  const pathSizes: number[] = [];
  const cells = length * active.length;
  return {
    name: 'onnx',
    device: 'fake',
    marginalSizes,
    pathSizes,
    async marginals({ size }: CallTensors) {
      marginalSizes.push(size);
      return {
        location: new Float32Array(size * cells).fill(law.location),
        scale: new Float32Array(size * cells).fill(law.scale),
      };
    },
    async paths(batch: CallTensors, sampler: SamplerSpec, draws: Draws<Float32Array>, samples: number) {
      const size = batch.size * samples;
      pathSizes.push(size);
      const count = drawCounts(sampler);
      for (const name of ['logistic', 'normal'] as const)
        if ((draws[name]?.length ?? 0) !== size * count[name] * cells) throw new Error(`wrong number of ${name} draws`);
      const own = count.logistic > 0 ? 'logistic' : 'normal';
      return Float32Array.from(
        { length: size * cells },
        (_, i) =>
          draws[own]?.[(Math.floor(i / cells) * count[own] + count[own] - 1) * cells + (i % cells)] ?? Number.NaN,
      );
    },
    async dispose() {},
  };
}
