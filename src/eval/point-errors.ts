import { requireEqualLength } from './require-equal-length.ts';

export interface PointErrors {
  readonly mae: number;
  readonly rmse: number;
  /** Sum of |error| over the sum of |target|. */
  readonly nd: number;
  /** Cells with both a target and a prediction. */
  readonly count: number;
}

/** Errors of point predictions [cell] in units of the targets [cell]; cells with a NaN on either side are left out. */
export function pointErrors(targets: ArrayLike<number>, predictions: ArrayLike<number>): PointErrors {
  requireEqualLength('computing point errors', { targets: targets.length, predictions: predictions.length });
  let absolute = 0;
  let squared = 0;
  let scale = 0;
  let count = 0;
  for (let i = 0; i < targets.length; i++) {
    const error = predictions[i] - targets[i];
    if (Number.isNaN(error)) continue;
    absolute += Math.abs(error);
    squared += error * error;
    scale += Math.abs(targets[i]);
    count += 1;
  }
  return { mae: absolute / count, rmse: Math.sqrt(squared / count), nd: absolute / scale, count };
}
