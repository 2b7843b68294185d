import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Residual } from '../../core/inference.ts';
import { byReference, type ReferenceName, referenceNames } from '../../core/reference-names.ts';
import type { ScoreGroup } from '../../core/score-group.ts';
import type { Window } from '../../core/window.ts';
import { meanRelativeSquare } from '../../diffusion/calibration.ts';
import type { ModelCalibration } from '../../diffusion/model.ts';
import { Scorer } from '../../score/scorer.ts';
import { referencesOf, scoreOptionsOf } from '../../topology/score-options.ts';
import { shareOut } from './share-out.ts';

export interface SeriesScore {
  readonly series: string;
  readonly score: number;
}

/** Scores of ordinary rows, oldest first: the model's, and those of the plain methods beside it. */
export type OrdinaryRows = Readonly<Record<'model' | ReferenceName, readonly SeriesScore[]>>;

/** What the score room would have said of these windows, of all channels or those of one group. */
export function ordinaryRows(
  windows: readonly Window[],
  residuals: readonly (Residual | null)[],
  calibration: ModelCalibration,
  config: PipelineConfig,
  only: readonly ScoreGroup[],
): OrdinaryRows {
  const groups = only.map((group) => ({ ...group, referenceScores: new Float64Array(0) }));
  const references = referencesOf(calibration);
  const measured = {
    meanSquared: meanRelativeSquare(calibration),
    slowMeanSquared: calibration.slowLevel,
    referenceScores: new Float64Array(0),
    // one row an alarm: while scores are collected it does not matter when an alarm opens
    rowsPerAlarm: 1,
  };
  const scorer = new Scorer({
    ...scoreOptionsOf(config, measured, 0),
    groups,
    references: byReference((name) => ({ ...references[name], groups })),
  });
  const found: Record<keyof OrdinaryRows, SeriesScore[]> = { model: [], ridge_var: [], z_score: [] };
  windows.forEach((window, w) => {
    const plain = { window, modelVersion: '', quantileLevels: [], imputed: null, forecast: null };
    for (const row of scorer.score({ ...plain, residual: residuals[w] ?? null }).rows) {
      const { series } = window;
      if (Number.isFinite(row.score)) found.model.push({ series, score: row.score });
      for (const name of referenceNames) {
        const score = row.references?.[name].score ?? Number.NaN;
        if (Number.isFinite(score)) found[name].push({ series, score });
      }
    }
  });
  return found;
}

/** Where there are more than are remembered, the newest of every series, evenly over the series; oldest first. */
export function newestOfEach(scores: readonly SeriesScore[], count: number): Float64Array {
  const counts = new Map<string, number>();
  for (const { series } of scores) counts.set(series, (counts.get(series) ?? 0) + 1);
  const places = shareOut([...counts.values()], count);
  const passedOver = new Map([...counts].map(([series, own], i) => [series, own - (places[i] as number)]));
  const kept = scores.filter(({ series }) => {
    const older = passedOver.get(series) as number;
    passedOver.set(series, older - 1);
    return older <= 0;
  });
  return Float64Array.from(kept, ({ score }) => score);
}
