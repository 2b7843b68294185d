import type { ModelCalibration } from './model.ts';

/** A calibration that changes nothing: what calibrating itself, and the bases alone, run with. */
export const neutralCalibration = (channels: number, active: number): ModelCalibration => ({
  spread: { impute: new Float32Array(active).fill(1), forecast: new Float32Array(active).fill(1) },
  residualLevel: new Float64Array(channels).fill(1),
  referenceScores: new Float64Array(0),
});
