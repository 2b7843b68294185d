import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Inference, Residual } from '../../core/inference.ts';
import { bend } from '../../core/transform.ts';
import type { Window } from '../../core/window.ts';
import { neutralCalibration } from '../../diffusion/calibration.ts';
import type { Model } from '../../diffusion/model.ts';
import { zeroHeadEngine } from '../../infer/engines/zero-head.ts';
import { inferWindows, type PlanResult } from '../../infer/plan.ts';
import { Scorer } from '../../score/scorer.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';
import { scoreOptionsOf } from '../../topology/score-options.ts';

/** The bases of the model without its network, on the same windows and through the same plan. */
export async function inferBases(
  model: Model,
  config: PipelineConfig,
  windows: readonly Window[],
): Promise<PlanResult[]> {
  const plain = { ...model, calibration: neutralCalibration(model.basis.priors.length, model.shape.channels) };
  const options = { ...planOptionsOf(config), samplerSteps: 1, scoreParts: ['score'] as const };
  const results = await inferWindows(zeroHeadEngine(model.shape), plain, options, windows);
  return results.map((result) => ({ ...result, residual: result.residual && pastOnly(result.residual) }));
}

/** What the past alone says: the reference that is called ridge VAR. */
export const pastOnly = ({ squared, expected, halfWidth90 }: Residual): Residual => ({
  squared,
  expected,
  halfWidth90,
});

/** A score room for a reference: the same smoothing, its own memory. */
export function referenceScorer(
  config: PipelineConfig,
  meanSquared: Float64Array,
  rowsPerAlarm: number | null,
): Scorer {
  const none = new Float64Array(0);
  return new Scorer(
    scoreOptionsOf(
      config,
      {
        meanSquared,
        slowMeanSquared: new Float64Array(meanSquared.length).fill(Number.NaN),
        referenceScores: none,
        rowsPerAlarm,
      },
      0,
    ),
  );
}

/** z of the new rows under the window's own normaliser, in the shape of a residual: its square, and its sign for what stays. */
export function zScoreInference(inference: Inference, config: PipelineConfig): Inference {
  const { window } = inference;
  const { channels, newRows, length } = window;
  const size = newRows * channels;
  const level = new Float64Array(size).fill(Number.NaN);
  for (let i = 0; i < size; i++) {
    const c = i % channels;
    if (config.channels[c]?.kind !== 'gauge') continue;
    const value = window.values[(length - newRows) * channels + i] as number;
    const bent = bend(config.channels[c]?.transform ?? 'none', value);
    const z = (bent - (window.location[c] as number)) / (window.scale[c] as number);
    level[i] = Math.min(25, Math.max(-25, z));
  }
  const none = new Float64Array(size).fill(Number.NaN);
  return {
    ...inference,
    residual:
      inference.residual === null
        ? null
        : { squared: level.map((z) => z * z), level, expected: none, halfWidth90: none },
  };
}
