import type { Rng } from '../../../../src/core/rng.ts';
import type { Transform } from '../../../../src/core/transform.ts';

/** One window that is judged. */
export interface ImputationWindow {
  /** [length, channel]: what a method may see; NaN where missing or hidden. */
  readonly shown: Float64Array;
  /** Same, with what was hidden. */
  readonly truth: Float64Array;
  /** 1 where the cell was hidden and counts. */
  readonly judged: Uint8Array;
  readonly startMs: number;
}

/** An imputation benchmark: what to train on, what to hide, what counts. Values are in the unit of the channels. */
export interface ImputationProtocol {
  readonly length: number;
  readonly channels: number;
  readonly stepMs: number;
  /** [row, channel] in time order; NaN where missing, and where training must not look. */
  readonly training: Float64Array;
  readonly startMs: number;
  /** First rows of training windows, of windows to validate on, both in `training` and `validation`. */
  readonly trainingRows: readonly number[];
  /** The same grid with the rows of the validation windows. */
  readonly validation: Float64Array;
  readonly validationRows: readonly number[];
  readonly test: readonly ImputationWindow[];
  /** Gaps of the kind that the test hides, for training: 1 where a cell is to be generated. */
  readonly gaps: (rng: Rng, length: number, channels: number) => Uint8Array;
  /** Variance-stabilising transform of each channel; the model is trained there, the metric is not. */
  readonly transforms: readonly Transform[];
  /** A value of a channel in the unit of the metric. */
  readonly judgedAs: (channel: number, value: number) => number;
  /** Smallest possible value, as a channel's `min` in the configuration. */
  readonly min: number;
  /** Steps of a season that fits into a window; 0: none. */
  readonly seasonSteps: number;
}
