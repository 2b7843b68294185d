import { bend, type Transform } from '../core/transform.ts';
import type { Bounds } from './clipped-logistic.ts';

/** What is mixed, in the order of every array with a member axis. */
export const members = ['network', 'ridge', 'smoothing'] as const;
export type Member = (typeof members)[number];

/** Bounds are in the channel's unit. */
export interface ForecastUnit extends Bounds {
  readonly transform: Transform;
}

/** All of the room computes in the space of the model: values bent by their channel's transform. */
export interface ForecastShape {
  readonly channels: number;
  readonly horizon: number;
  readonly stepMs: number;
  /** Rows between two forecasts of a series. */
  readonly everySteps: number;
  /** [channel] */
  readonly units: readonly ForecastUnit[];
  /** [channel], bent. */
  readonly bounds: readonly Bounds[];
}

export const shapeOf = (given: Omit<ForecastShape, 'channels' | 'bounds'>): ForecastShape => ({
  ...given,
  channels: given.units.length,
  bounds: given.units.map(({ transform, min, max }) => ({ min: bend(transform, min), max: bend(transform, max) })),
});
