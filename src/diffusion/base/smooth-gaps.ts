import { FactorKalmanSmoother } from './factor-kalman.ts';
import type { FactorKalmanModel } from './factor-kalman-fit.ts';
import type { KalmanModel } from './fit-kalman.ts';
import { KalmanSmoother } from './kalman.ts';
import { seasonOffset } from './seasonal-mean.ts';
import { scaleByResiduals } from './smooth-gaps-scale.ts';

/** A fitted base for gaps: the exact form, or the factor form for wide feeds (beyond about 64 channels). */
export type GapModel = KalmanModel | FactorKalmanModel;

/** What the base says of a window, [time, channel], in units of z. */
export interface GapEstimate {
  /** Expected value given the known cells; of a known cell too, where it is the value less its observation noise. */
  readonly mean: Float32Array;
  /** Standard deviation of an observation of the cell given all other known cells, scaled by the residuals around it. */
  readonly std: Float32Array;
  /** Of a known cell, its value minus the mean given all others, over the model's standard deviation of that; 0 where not known. */
  readonly leaveOneOut: Float32Array;
}

interface Workspace {
  readonly smoother: KalmanSmoother | FactorKalmanSmoother;
  readonly y: Float64Array;
}

const workspaces = new WeakMap<GapModel, Workspace>();

function workspaceOf(model: GapModel, length: number): Workspace {
  const kept = workspaces.get(model);
  if (kept && kept.smoother.lengthMax >= length) return kept;
  const smoother =
    model.kind === 'kalman' ? new KalmanSmoother(model, length) : new FactorKalmanSmoother(model, length);
  const workspace = { smoother, y: new Float64Array(length * model.channels) };
  workspaces.set(model, workspace);
  return workspace;
}

/**
 * Smooths one window: what every cell is given the known ones, before and after it and in the other channels.
 *
 * @param z [time, channel], of which only cells with known = 1 are read
 * @param startMs time of the first row
 */
export function smoothGaps(
  model: GapModel,
  z: Float32Array,
  known: Uint8Array,
  length: number,
  startMs: number,
  out: GapEstimate,
): void {
  const { channels, season, stepMs } = model;
  const { smoother, y } = workspaceOf(model, length);
  for (let t = 0; t < length; t++) {
    const offset = seasonOffset(season, startMs + t * stepMs, channels);
    for (let d = 0; d < channels; d++) {
      const cell = t * channels + d;
      if (known[cell] === 1) y[cell] = z[cell] - season.values[offset + d];
    }
  }
  const { mean, spread, leaveOneOut } = smoother.smooth(y, known, length);
  for (let t = 0; t < length; t++) {
    const offset = seasonOffset(season, startMs + t * stepMs, channels);
    for (let d = 0; d < channels; d++) {
      const cell = t * channels + d;
      out.mean[cell] = mean[cell] + season.values[offset + d];
      out.std[cell] = Math.sqrt(spread[cell]);
      out.leaveOneOut[cell] = leaveOneOut[cell];
    }
  }
  scaleByResiduals(out.leaveOneOut, known, length, channels, out.std);
}
