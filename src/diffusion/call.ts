import { readAcross } from './base/cross-ridge.ts';
import { type DirectRidge, forecastRidge } from './base/direct-ridge.ts';
import { interpolate } from './base/interpolate.ts';
import { iterateVar } from './base/ridge-var.ts';
import { type GapEstimate, type GapModel, smoothGaps } from './base/smooth-gaps.ts';
import type { ModelBasis } from './model.ts';
import type { NetworkShape } from './network.ts';
import { type Task, tasks } from './task.ts';
import { timeFeatureCount, writeTimeFeatures } from './time-features.ts';

/**
 * Features of a cell: generated, centred x where known, known, centred base, nearness of the last and next known cell, spread of the
 * base; and, where a smoother is the base of gaps, how far a known cell lies from what all others say of it.
 */
export const cellFeatureCount = (smoothed: boolean): number => (smoothed ? 8 : 7);
/** Features of a (token, channel) pair: the window mean that was taken off, whether the target is a score. */
export const tokenFeatureCount = 2;
const nearnessSteps = 6;
const inputMax = 25;
const spreadMin = 0.01;

/** One window as one call of the denoiser sees it. */
export interface CallInput {
  /** [time, channel], normalised, of the active channels; NaN where missing. */
  readonly z: Float32Array;
  /** [time, channel], 1 where the model is to generate. */
  readonly generated: Uint8Array;
  readonly task: Task;
  /** Class of the series, an index into the classes of the model; absent or -1: none, the null condition. */
  readonly seriesClass?: number;
  /** Time of the first row. */
  readonly startMs: number;
}

/** Rows at the end that a call generates: none for gaps (they lie anywhere). */
export interface CallOptions {
  /** Masked rows at the end for forecast and score. */
  readonly suffixRows: number;
  /** The channels that are masked over the whole window, for cross. */
  readonly group?: readonly number[];
  /** Another ridge than the basis' own (cross-fitting in training). */
  readonly ridge?: DirectRidge;
  /** What the smoother says of these gaps, where it was asked before. */
  readonly smoothed?: GapEstimate;
}

/** What of a batch goes into a program. */
export type CallTensors = Pick<CallBatch, 'size' | 'cells' | 'time' | 'task'>;

/** Inputs of a batch of calls in the layout of the network, and what is needed to read its output. */
export class CallBatch {
  readonly size: number;
  readonly shape: NetworkShape;
  /** [batch, token, channel, patch cellFeatures + tokenFeatures] */
  readonly cells: Float32Array;
  /** [batch, token, timeFeatures] */
  readonly time: Float32Array;
  /** [batch, tasks + classes], one-hot each */
  readonly task: Float32Array;
  /** [batch, time, channel], normalised, what the residual is taken from. */
  readonly base: Float32Array;
  /** [batch, time, channel], spread of the base: what the residual is divided by, besides the channel's residual scale. */
  readonly spread: Float32Array;

  constructor(shape: NetworkShape, size: number) {
    const tokens = shape.length / shape.patch;
    this.size = size;
    this.shape = shape;
    this.cells = new Float32Array(
      size * tokens * shape.channels * (shape.patch * shape.cellFeatures + shape.tokenFeatures),
    );
    this.time = new Float32Array(size * tokens * shape.timeFeatures);
    this.task = new Float32Array(size * shape.tasks);
    this.base = new Float32Array(size * shape.length * shape.channels);
    this.spread = new Float32Array(this.base.length);
  }
}

/** Whether the target is the normalised value itself, not centred by the window. */
const isScoring = (task: Task): boolean => task === 'score' || task === 'cross';

/** Writes one call at `index` of the batch. */
export function writeCall(
  batch: CallBatch,
  index: number,
  basis: ModelBasis,
  input: CallInput,
  options: CallOptions,
): void {
  const { length, channels } = batch.shape;
  const size = length * channels;
  const known = new Uint8Array(size);
  for (let i = 0; i < size; i++) known[i] = input.generated[i] === 0 && !Number.isNaN(input.z[i] as number) ? 1 : 0;
  const base = batch.base.subarray(index * size, (index + 1) * size);
  const spread = batch.spread.subarray(index * size, (index + 1) * size).fill(1);
  const smoothed =
    input.task !== 'impute' || basis.gaps === null
      ? null
      : (options.smoothed ?? smoothWindow(basis.gaps, input.z, known, length, channels, input.startMs));
  if (smoothed === null) writeBase(base, basis, input, known, options, length, channels);
  else {
    for (let i = 0; i < size; i++) base[i] = (known[i] === 1 ? input.z[i] : smoothed.mean[i]) as number;
    spread.set(smoothed.std);
  }
  const mean = windowMean(input, known, length, channels);
  writeCells(batch, index, basis, input, known, mean, options, smoothed);
  writeTimes(batch, index, basis, input.startMs);
  const labels = batch.task.subarray(index * batch.shape.tasks, (index + 1) * batch.shape.tasks).fill(0);
  labels[tasks.indexOf(input.task)] = 1;
  const { seriesClass = -1 } = input;
  if (seriesClass >= 0) labels[tasks.length + seriesClass] = 1;
}

export function smoothWindow(
  gaps: GapModel,
  z: Float32Array,
  known: Uint8Array,
  length: number,
  channels: number,
  startMs: number,
): GapEstimate {
  const empty = () => new Float32Array(length * channels);
  const out = { mean: empty(), std: empty(), leaveOneOut: empty() };
  smoothGaps(gaps, z, known, length, startMs, out);
  // a cell that the smoother is quite sure of would make any small error a large one
  for (let i = 0; i < out.std.length; i++) out.std[i] = Math.max(spreadMin, out.std[i] as number);
  return out;
}

function writeBase(
  base: Float32Array,
  basis: ModelBasis,
  input: CallInput,
  known: Uint8Array,
  options: CallOptions,
  length: number,
  channels: number,
): void {
  interpolate(input.z, known, length, channels, base);
  const from = length - options.suffixRows;
  if (input.task === 'forecast') {
    const time = new Float32Array(timeFeatureCount(basis.periodsMs));
    writeTimeFeatures(input.startMs + (from - 1) * basis.stepMs, basis.periodsMs, time, 0);
    forecastRidge(options.ridge ?? basis.ridge, base, from, time);
    for (let i = from * channels; i < base.length; i++) if (known[i] === 1) base[i] = input.z[i] as number;
  } else if (input.task === 'score') iterateVar(basis.autoregression, base, known, from, length);
  else if (input.task === 'cross') readAcross(basis.cross, options.group ?? [], base, known, length, channels);
}

/** Mean of the known cells a channel; 0 where a score is made, which must not follow a level that moved. */
function windowMean(input: CallInput, known: Uint8Array, length: number, channels: number): Float32Array {
  const mean = new Float32Array(channels);
  if (isScoring(input.task)) return mean;
  for (let d = 0; d < channels; d++) {
    let sum = 0;
    let count = 0;
    for (let i = d; i < length * channels; i += channels) {
      if (known[i] === 0) continue;
      sum += input.z[i] as number;
      count++;
    }
    mean[d] = count === 0 ? 0 : sum / count;
  }
  return mean;
}

function writeCells(
  batch: CallBatch,
  index: number,
  basis: ModelBasis,
  input: CallInput,
  known: Uint8Array,
  mean: Float32Array,
  options: CallOptions,
  smoothed: GapEstimate | null,
): void {
  const { length, channels, patch, cellFeatures, tokenFeatures } = batch.shape;
  const base = batch.base.subarray(index * length * channels, (index + 1) * length * channels);
  const stride = patch * cellFeatures + tokenFeatures;
  const start = index * (length / patch) * channels * stride;
  const clip = (v: number) => Math.min(inputMax, Math.max(-inputMax, v));
  const from = length - options.suffixRows;
  const ridge = options.ridge ?? basis.ridge;
  const since = new Float32Array(length);
  const next = new Float32Array(length);
  for (let d = 0; d < channels; d++) {
    nearness(known, d, length, channels, since, next);
    for (let t = 0; t < length; t++) {
      const i = t * channels + d;
      const token = start + (Math.floor(t / patch) * channels + d) * stride;
      const at = token + (t % patch) * cellFeatures;
      const isKnown = known[i] === 1;
      batch.cells[at] = input.generated[i] as number;
      batch.cells[at + 1] = isKnown ? clip((input.z[i] as number) - (mean[d] as number)) : 0;
      batch.cells[at + 2] = isKnown ? 1 : 0;
      batch.cells[at + 3] = clip((base[i] as number) - (mean[d] as number));
      batch.cells[at + 4] = since[t] as number;
      batch.cells[at + 5] = next[t] as number;
      batch.cells[at + 6] =
        input.task === 'forecast' && t >= from && !isKnown
          ? Math.min(
              10,
              (ridge.residualStd[d * ridge.horizon + t - from] as number) / (basis.residualScale.forecast[d] as number),
            )
          : (batch.spread[index * length * channels + i] as number);
      if (basis.gaps !== null)
        batch.cells[at + 7] =
          smoothed !== null && isKnown ? Math.min(10, Math.max(-10, smoothed.leaveOneOut[i] as number)) : 0;
      if (t % patch === 0) {
        batch.cells[token + patch * cellFeatures] = clip(mean[d] as number);
        batch.cells[token + patch * cellFeatures + 1] = isScoring(input.task) ? 1 : 0;
      }
    }
  }
}

/** e^(-steps since the last known cell / 6) and the same to the next one; 0 where there is none. */
function nearness(
  known: Uint8Array,
  channel: number,
  length: number,
  channels: number,
  since: Float32Array,
  next: Float32Array,
): void {
  const decay = Math.exp(-1 / nearnessSteps);
  let value = 0;
  for (let t = 0; t < length; t++) {
    value = known[t * channels + channel] === 1 ? 1 : value * decay;
    since[t] = value;
  }
  value = 0;
  for (let t = length - 1; t >= 0; t--) {
    value = known[t * channels + channel] === 1 ? 1 : value * decay;
    next[t] = value;
  }
}

function writeTimes(batch: CallBatch, index: number, basis: ModelBasis, startMs: number): void {
  const { length, patch, timeFeatures } = batch.shape;
  const tokens = length / patch;
  for (let token = 0; token < tokens; token++) {
    const middleMs = startMs + (token + 0.5) * patch * basis.stepMs;
    writeTimeFeatures(middleMs, basis.periodsMs, batch.time, (index * tokens + token) * timeFeatures);
  }
}

/** Index of cell (t, d) in the network's [token, channel, patch] layout. */
export const tokenIndex = (shape: NetworkShape, t: number, d: number): number =>
  (Math.floor(t / shape.patch) * shape.channels + d) * shape.patch + (t % shape.patch);
