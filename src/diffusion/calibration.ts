import type { ModelCalibration } from './model.ts';

/** The masks that the anomaly score looks through: the newest rows of all channels, and groups of channels over all rows. */
export const scoreParts = ['score', 'cross'] as const;
export type ScorePart = (typeof scoreParts)[number];

/** A channel that is predicted almost exactly would turn its rounding into events: its level counts as at least this much more. */
const levelFloor = 0.1;

/** R^2 in units of what is ordinary there. */
export const relativeSquare = (squared: number, level: number): number => squared / (level + levelFloor);

/** Mean of the relative squares against the past on calibration rows, [pipeline channel]. */
export const meanRelativeSquare = ({ residualLevel }: ModelCalibration): Float64Array =>
  residualLevel.score.map((level) => relativeSquare(level, level));

/** A calibration that changes nothing: what calibrating itself, and the bases alone, run with. */
export const neutralCalibration = (channels: number, active: number): ModelCalibration => ({
  spread: { impute: new Float32Array(active).fill(1), forecast: new Float32Array(active).fill(1) },
  residualLevel: {
    score: new Float64Array(channels).fill(1 - levelFloor),
    cross: new Float64Array(channels).fill(1 - levelFloor),
  },
  slowLevel: new Float64Array(channels).fill(Number.NaN),
  referenceScores: new Float64Array(0),
  groupScores: [],
  references: null,
  rowsPerAlarm: null,
});
