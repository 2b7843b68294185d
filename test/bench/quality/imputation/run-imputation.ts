import type { Model } from '../../../../src/diffusion/model.ts';
import { gapClasses, gapClassOf } from '../../../../src/eval/baselines/gap-residuals.ts';
import { crpsLevels } from '../../../../src/eval/crps.ts';
import { createDistributionMetrics, type DistributionMetrics } from '../../../../src/eval/distribution-metrics.ts';
import { onnxEngine } from '../../../../src/infer/engines/onnx.ts';
import { zeroHeadEngine } from '../../../../src/infer/engines/zero-head.ts';
import { type CrpsForm, type Figures, figuresOf } from '../figures.ts';
import type { RunSettings } from '../settings.ts';
import { pointImputers } from './baselines.ts';
import { imputeWindows, inUnit, normalisedWindow, quantilesOf, type WindowLaw } from './impute-windows.ts';
import type { ImputationProtocol } from './protocol.ts';
import type { TrainedImputer } from './train-imputer.ts';

export interface ImputationScores {
  readonly model: Figures;
  readonly msWindow: number;
  /** Judged cells. */
  readonly cells: number;
}

const metricsOf = (protocol: ImputationProtocol): DistributionMetrics =>
  createDistributionMetrics(crpsLevels, new Array<number>(protocol.channels).fill(1));

/** Windows that time is taken over at least, so that what the first call compiles does not count much. */
const warmWindows = 16;

/** The trained model on the windows of the protocol, on the onnx engine. */
export async function scoreModel(
  trained: TrainedImputer,
  protocol: ImputationProtocol,
  form: CrpsForm,
): Promise<ImputationScores> {
  const engine = await onnxEngine.create(trained.model);
  try {
    await imputeWindows(engine, trained.model, protocol, protocol.test.slice(0, warmWindows));
    const { laws, msWindow } = await imputeWindows(engine, trained.model, protocol, protocol.test);
    const summary = judge(trained.model, protocol, laws).summary();
    return { model: figuresOf(summary, form), msWindow, cells: summary.count };
  } finally {
    await engine.dispose();
  }
}

function judge(model: Model, protocol: ImputationProtocol, laws: readonly WindowLaw[]): DistributionMetrics {
  const metrics = metricsOf(protocol);
  const quantiles = new Float64Array(crpsLevels.length);
  protocol.test.forEach(({ truth, judged }, w) => {
    judged.forEach((flag, cell) => {
      if (flag === 0) return;
      const c = cell % protocol.channels;
      quantilesOf(model, protocol, laws[w], cell, crpsLevels, quantiles);
      metrics.add(c, protocol.judgedAs(c, truth[cell]), quantiles);
    });
  });
  return metrics;
}

/** The references on the same cells: the bases with a zero head, and point methods with their residuals. */
export async function scoreBaselines(
  { model, places }: TrainedImputer,
  protocol: ImputationProtocol,
  form: CrpsForm,
  settings: RunSettings,
): Promise<Record<string, Figures>> {
  const { laws } = await imputeWindows(zeroHeadEngine(model.shape), model, protocol, protocol.test);
  const out: Record<string, Figures> = { zero_head: figuresOf(judge(model, protocol, laws).summary(), form) };
  const levels = crpsLevels.length;
  const quantiles = new Float64Array(levels);
  for (const { name, fill, distance, residuals } of await pointImputers(model, protocol, places, settings.quick)) {
    const metrics = metricsOf(protocol);
    for (const { shown, truth, judged, startMs } of protocol.test) {
      const z = normalisedWindow(model, protocol, shown, startMs);
      const { point, scale } = await fill(z, startMs);
      const rows = distance(shown, protocol.channels);
      judged.forEach((flag, cell) => {
        if (flag === 0) return;
        const c = cell % protocol.channels;
        const at = (c * gapClasses + gapClassOf(rows[cell])) * levels;
        for (let q = 0; q < levels; q++)
          quantiles[q] = inUnit(model, protocol, c, point[cell] + (scale?.[cell] ?? 1) * residuals[at + q]);
        metrics.add(c, protocol.judgedAs(c, truth[cell]), quantiles);
      });
    }
    out[name] = figuresOf(metrics.summary(), form);
  }
  return out;
}
