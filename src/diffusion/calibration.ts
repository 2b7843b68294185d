import type { Model, ModelCalibration } from './model.ts';

/** The masks that the anomaly score looks through: the newest rows of all channels, and groups of channels over all rows. */
export const scoreParts = ['score', 'cross'] as const;
export type ScorePart = (typeof scoreParts)[number];

/** The parts that a model has: `cross` needs at least two measured channels. */
export const scorePartsOf = (model: Pick<Model, 'basis'>): readonly ScorePart[] =>
  model.basis.cross.groups.length > 0 ? scoreParts : ['score'];

/** A channel that is predicted almost exactly would turn its rounding into events: its level counts as at least this much more. */
const levelFloor = 0.1;

/** R^2 of one part in units of what is ordinary there. */
export const relativeSquare = (squared: number, level: number): number => squared / (level + levelFloor);

/** Mean of the combined relative squares on calibration rows, [pipeline channel]. */
export function meanRelativeSquare({ residualLevel }: ModelCalibration, parts: readonly ScorePart[]): Float64Array {
  return residualLevel.score.map(
    (_, c) =>
      parts.reduce((sum, part) => {
        const level = residualLevel[part][c] as number;
        return sum + relativeSquare(level, level);
      }, 0) / parts.length,
  );
}

/** A calibration that changes nothing: what calibrating itself, and the bases alone, run with. */
export const neutralCalibration = (channels: number, active: number): ModelCalibration => ({
  spread: { impute: new Float32Array(active).fill(1), forecast: new Float32Array(active).fill(1) },
  residualLevel: {
    score: new Float64Array(channels).fill(1 - levelFloor),
    cross: new Float64Array(channels).fill(1 - levelFloor),
  },
  slowLevel: new Float64Array(channels).fill(Number.NaN),
  referenceScores: new Float64Array(0),
});
