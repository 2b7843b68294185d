import type { Window } from './window.ts';

/** What the model says about one window. All values in the channels' own units unless said. */
export interface Inference {
  readonly window: Window;
  readonly modelVersion: string;
  /** Levels of the quantiles below, ascending, [quantile]. */
  readonly quantileLevels: readonly number[];
  /** How much was left out under overload: so many of the steps of `infer.overload.steps`. Absent: nothing. */
  readonly level?: number;
  /** Missing cells of the rows asked for; null when the window has too few observed cells. */
  readonly imputed: Imputed | null;
  readonly forecast: Forecast | null;
  readonly residual: Residual | null;
}

export interface Imputed {
  /** Row indices into the window, ascending. */
  readonly rows: Int32Array;
  /** Whether a row's value is final (its right context is complete) or will be rewritten by a later window. */
  readonly final: Uint8Array;
  /** [row, channel, quantile]; NaN where the cell was observed. */
  readonly quantiles: Float64Array;
}

export interface Forecast {
  readonly horizon: number;
  /** [horizon, channel, quantile]; row h is stamped endMs + (h + 1) stepMs. */
  readonly quantiles: Float64Array;
  /** What the online layer of the forecast rescales and mixes: the network's own law and that of its base. Not in what is served. */
  readonly laws?: Readonly<Record<ForecastLawName, ForecastLaw>>;
}

export type ForecastLawName = 'network' | 'ridge';

/**
 * A logistic law for every cell ahead, [horizon, channel], of the bent value, not clipped to the bounds; scale 0: certain; NaN: planned,
 * and not forecast.
 */
export interface ForecastLaw {
  readonly location: Float64Array;
  readonly scale: Float64Array;
}

/** Standardised reconstruction residuals of the newest rows under the reverse process. */
export interface Residual {
  /**
   * [newRow, channel], square of the residual against what the past says (mean over masking horizons) in units of the ordinary one;
   * NaN where missing or not scored.
   */
  readonly squared: Float64Array;
  /**
   * [newRow, channel], signed residual against what the other channels say, in units of its ordinary size: what stays on one side for
   * long is a sensor or a plant that has moved. Absent where no channels are masked against others; NaN where this one is not.
   */
  readonly bias?: Float64Array;
  /**
   * [newRow, channel], square of what the base alone, without the network, leaves of the newest rows, in units of its typical error; NaN
   * where missing or not scored.
   */
  readonly base?: Float64Array;
  /** [newRow, channel], signed distance from the long-run mean, in standard deviations; NaN where missing or not scored. */
  readonly level?: Float64Array;
  /** [newRow, channel], what the model expected. */
  readonly expected: Float64Array;
  /** [newRow, channel], half width of the central 90 % around it. */
  readonly halfWidth90: Float64Array;
}
