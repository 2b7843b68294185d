import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Window } from '../../core/window.ts';
import { neutralCalibration } from '../../diffusion/calibration.ts';
import type { Model } from '../../diffusion/model.ts';
import { zeroHeadEngine } from '../../infer/engines/zero-head.ts';
import { inferWindows, type PlanResult } from '../../infer/plan.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';

/** Gaps and forecasts of the bases of the model without its network, on the same windows and through the same plan. */
export async function inferBases(
  model: Model,
  config: PipelineConfig,
  windows: readonly Window[],
): Promise<Pick<PlanResult, 'imputed' | 'forecast'>[]> {
  const plain = { ...model, calibration: neutralCalibration(model.basis.priors.length, model.shape.channels) };
  const options = { ...planOptionsOf(config), samplerSteps: 1, scoreParts: [] };
  return inferWindows(zeroHeadEngine(model.shape), plain, options, windows);
}
