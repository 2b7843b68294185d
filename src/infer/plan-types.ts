import type { Forecast, Imputed, Residual } from '../core/inference.ts';
import type { ScorePart } from '../diffusion/calibration.ts';
import type { SamplerMethod } from '../diffusion/sampler/method.ts';
import type { Task } from '../diffusion/task.ts';

/** What a window is asked for; from the config. */
export interface PlanOptions {
  readonly quantiles: readonly number[];
  readonly forecastEverySteps: number;
  readonly imputeDelaySteps: number;
  /** How joint paths are sampled where `samplerSteps` is over one; one step: marginals in one call. */
  readonly samplerMethod: SamplerMethod;
  readonly samplerSteps: number;
  readonly samplerSamples: number;
  readonly minObservedFraction: number;
  /** Masks that the score looks through; `cross` only where the model has groups. */
  readonly scoreParts: readonly ScorePart[];
  /** Newest rows that part `score` masks, a call each; absent: those that the network was trained on. */
  readonly scoreHorizons?: readonly number[];
  /** [pipeline channel]: values outside cannot be; quantiles are clipped. */
  readonly bounds: readonly { readonly min: number; readonly max: number }[];
  /** Calls of one engine run. */
  readonly batchCallsMax: number;
}

/** What of a window crosses into the worker. */
export interface PlanWindow {
  readonly series: string;
  readonly endMs: number;
  readonly newRows: number;
  readonly observedFraction: number;
  /** [time, pipeline channel] */
  readonly values: Float64Array;
  readonly location: Float64Array;
  readonly scale: Float64Array;
  /** [row ahead, channel known ahead], NaN where nothing is planned. */
  readonly ahead?: Float64Array;
  /** Under overload: a quarter of the joint paths; no imputation and no forecast. */
  readonly fewerSamples?: true;
  readonly scoreOnly?: true;
}

export interface PlanResult {
  readonly imputed: Imputed | null;
  readonly forecast: Forecast | null;
  readonly residual: Residual | null;
}

/** One call of the denoiser and the law it gave, in z units, [time, active channel]. */
export interface Call {
  readonly window: number;
  readonly task: Task;
  readonly seriesClass: number;
  readonly z: Float32Array;
  readonly generated: Uint8Array;
  readonly startMs: number;
  readonly suffixRows: number;
  /** Channels masked over the whole window. */
  readonly group: readonly number[];
  /** What the base alone says. */
  readonly base: Float32Array;
  readonly location: Float32Array;
  readonly scale: Float32Array;
  /** [sample][time, active channel], where the reverse process took more than one step. */
  samples: Float32Array[];
}
