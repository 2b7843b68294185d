import type { OfReferences } from '../core/reference-names.ts';
import type { ScoreGroup } from '../core/score-group.ts';
import type { SeriesClass } from '../core/series-class.ts';
import type { Transform } from '../core/transform.ts';
import type { CrossRidge } from './base/cross-ridge.ts';
import type { DirectRidge } from './base/direct-ridge.ts';
import type { RidgeVar } from './base/ridge-var.ts';
import type { GapModel } from './base/smooth-gaps.ts';
import type { NetworkShape } from './network.ts';
import type { Task } from './task.ts';

/** A named tensor of the weights file. */
export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Starting point of a channel's adaptive normaliser, from training. */
export interface ChannelPrior {
  readonly mean: number;
  readonly variance: number;
  readonly absMax: number;
  /** Training cells seen: how slowly the normaliser moves at first. */
  readonly weight: number;
}

/** Bases and scales: with these alone, and a zero head, the model already serves. */
export interface ModelBasis {
  /** Training statistics over all series, [pipeline channel]: where a series that training did not see starts. */
  readonly priors: readonly ChannelPrior[];
  /** The same for each series of the training data. */
  readonly seriesPriors: ReadonlyMap<string, readonly ChannelPrior[]>;
  /** Pipeline channels that the network sees (constant ones do not take part), ascending. */
  readonly active: readonly number[];
  /** [pipeline channel]: whether it is a measured value. Flags and commands are never scored. */
  readonly gauges: readonly boolean[];
  /** [pipeline channel] */
  readonly transforms: readonly Transform[];
  /** Of the active channels: whether it is a measured value (generated and scored when the newest rows are masked). */
  readonly measured: readonly boolean[];
  /** Pipeline channels whose values are known ahead, ascending: the columns of a window's plan. */
  readonly ahead: readonly number[];
  /** The same as active channels; those that never varied are not among them. */
  readonly planned: readonly number[];
  /** Kinds of series that the network tells apart. */
  readonly classes: readonly SeriesClass[];
  readonly stepMs: number;
  readonly horizon: number;
  /** Periods of the time features, milliseconds. */
  readonly periodsMs: readonly number[];
  /** r of the target (x - b) / r, [active channel], by task. */
  readonly residualScale: Readonly<Record<Task, Float32Array>>;
  readonly ridge: DirectRidge;
  readonly autoregression: RidgeVar;
  readonly cross: CrossRidge;
  /** The smoother that fills gaps; null: linear interpolation. */
  readonly gaps: GapModel | null;
}

/** Scores of held-out rows, oldest first: what p-values are ranked among at the start. */
export interface OrdinaryScores {
  readonly referenceScores: Float64Array;
  /** The same for each group of channels that is judged by itself. */
  readonly groupScores: readonly (ScoreGroup & { readonly referenceScores: Float64Array })[];
}

/** What calibration on held-out rows adds. */
export interface ModelCalibration extends OrdinaryScores {
  /** Factor on the predicted spread, [active channel]; 1 where nothing was measured. */
  readonly spread: Readonly<Record<'impute' | 'forecast', Float32Array>>;
  /** Mean squared residual on calibration rows, [pipeline channel], of the masked newest rows and of the masked groups. */
  readonly residualLevel: Readonly<Record<'score' | 'cross', Float64Array>>;
  /** Mean square of the smoothed signed residuals on calibration rows, [pipeline channel]; NaN where there are none. */
  readonly slowLevel: Float64Array;
  /** Those of the plain methods beside the model; null: not measured, they learn from the feed. */
  readonly references: OfReferences<OrdinaryScores> | null;
  /** Rows at or above the opening threshold for each alarm on held-out rows; null: too few to tell. */
  readonly rowsPerAlarm: number | null;
}

export interface Model {
  readonly version: string;
  readonly shape: NetworkShape;
  readonly basis: ModelBasis;
  readonly calibration: ModelCalibration;
  readonly weights: ReadonlyMap<string, Weight>;
}
