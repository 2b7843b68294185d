import type { Inference } from '../../src/core/inference.ts';
import type { ScoreOptions } from '../../src/score/options.ts';

export const stepMs = 10;

/** An inference about two channels whose new rows have these R^2; the window ends at `endMs`. */
export function inferenceOf(
  endMs: number,
  squared: readonly (readonly [number, number])[] | null,
  newRows = squared?.length ?? 2,
  series = 's',
): Inference {
  const length = 8;
  return {
    window: {
      series,
      endMs,
      stepMs,
      length,
      channels: 2,
      newRows,
      values: Float64Array.from({ length: length * 2 }, (_, i) => i),
      location: new Float64Array(2),
      scale: new Float64Array(2).fill(1),
      observedFraction: 1,
      hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
    },
    modelVersion: 'test',
    quantileLevels: [0.5],
    imputed: null,
    forecast: null,
    residual:
      squared === null
        ? null
        : {
            squared: Float64Array.from(squared.flat()),
            expected: Float64Array.from(squared.flat(), (_, i) => 100 + i),
            halfWidth90: Float64Array.from(squared.flat(), (_, i) => 200 + i),
          },
  };
}

/** No smoothing unless asked for, quick and slow alike then; ordinary R^2 of .7 gives a score of 1. */
export const options = (changes: Partial<ScoreOptions> = {}): ScoreOptions => ({
  meanSquared: Float64Array.of(0.7, 0.7),
  referenceScores: new Float64Array(0),
  halfLifeSteps: 0,
  slowHalfLifeSteps: changes.halfLifeSteps ?? 0,
  slowMeanSquared: Float64Array.of(Number.NaN, Number.NaN),
  memoryScores: 50,
  heldOutRowsMax: 0,
  heldOutRatio: 2,
  pValue: 0.1,
  keepPValue: 0.3,
  topChannels: 2,
  seriesMax: 10,
  ...changes,
});
