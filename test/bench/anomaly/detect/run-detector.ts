import { inGroups, replayWindows } from '../../../../src/cli/train/replay-windows.ts';
import type { PipelineConfig } from '../../../../src/config/pipeline-schema.ts';
import type { Inference, Residual } from '../../../../src/core/inference.ts';
import type { RowVerdict } from '../../../../src/core/verdict.ts';
import type { Window } from '../../../../src/core/window.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import type { Engine } from '../../../../src/infer/engines/engine.ts';
import { inferWindows, type PlanOptions } from '../../../../src/infer/plan.ts';
import { blameOf } from '../../../../src/score/row-score.ts';
import type { Scorer } from '../../../../src/score/scorer.ts';
import type { Parts } from '../../../../src/score/statistics.ts';
import { planOptionsOf } from '../../../../src/topology/plan-options.ts';
import type { AnomalyFile } from '../data/anomaly-file.ts';
import type { Detection } from '../judge/judge-detector.ts';
import { seriesOf } from './train-detector.ts';

/** A way to score what the plan says of a window: the score room it goes to, and what it is shown of the residuals. */
export interface View {
  readonly name: string;
  readonly scorer: Scorer;
  /** Ordinary squares, for blame, [channel]. */
  readonly meanSquared: Float64Array;
  see(inference: Inference): Inference;
}

const batchWindows = 32;

/**
 * A whole file through the rooms that serve: windows, the plan on an engine, and then the score room of every view. Training rows go
 * first and are scored like all others; the rows after them begin anew with the normaliser that training left, as a feed does.
 */
export async function runDetector(
  file: AnomalyFile,
  config: PipelineConfig,
  model: Model,
  engine: Engine,
  views: readonly View[],
  changes: Pick<PlanOptions, 'scoreHorizons'> = {},
): Promise<Map<string, Detection>> {
  const found = new Map(views.map(({ name }) => [name, emptyDetection(file)]));
  const series = seriesOf(file, file.rows);
  const options = { ...planOptionsOf(config), ...changes };
  for (const [from, to] of [
    [0, file.trainRows],
    [file.trainRows, file.rows],
  ] as const) {
    for (const windows of inGroups(replayWindows({ series, from, to }, model, config), batchWindows)) {
      const results = await inferWindows(engine, model, options, windows);
      windows.forEach((window, i) => {
        const plain: Inference = { window, modelVersion: '', quantileLevels: [], ...results[i] };
        for (const view of views) take(found.get(view.name) as Detection, file, view, view.see(plain));
      });
    }
  }
  return found;
}

/** Everything that the plan gives. */
export const seeAll = (inference: Inference): Inference => inference;
/** Some of it. */
export const seePart =
  (partsOf: (residual: Residual) => Parts | null) =>
  (inference: Inference): Inference => {
    const { residual } = inference;
    if (residual === null) return inference;
    const { expected, halfWidth90 } = residual;
    const parts = partsOf(residual);
    return { ...inference, residual: parts && { ...parts, expected, halfWidth90 } };
  };

function emptyDetection({ rows, channels }: AnomalyFile) {
  return {
    score: new Float64Array(rows).fill(Number.NaN),
    pValue: new Float64Array(rows).fill(1),
    alarm: new Uint8Array(rows),
    learning: new Uint8Array(rows),
    blame: new Float32Array(rows * channels.length).fill(Number.NaN),
  };
}

function take(out: Detection, file: AnomalyFile, { scorer, meanSquared }: View, inference: Inference): void {
  const { window, residual } = inference;
  const { rows } = scorer.score(inference);
  rows.forEach((row, k) => {
    const at = rowOf(file, window, row);
    if (at >= file.rows) return; // the last window may reach beyond the end
    out.score[at] = row.score;
    out.pValue[at] = row.pValue;
    out.alarm[at] = row.alarm ? 1 : 0;
    out.learning[at] = row.learning ? 1 : 0;
    const newRow = window.newRows - rows.length + k;
    if (residual !== null) out.blame?.set(blameOf(residual, newRow, meanSquared), at * file.channels.length);
  });
}

const rowOf = (file: AnomalyFile, window: Window, row: RowVerdict): number =>
  Math.round((row.timeMs - seriesOf(file, 1).startMs) / window.stepMs);
