import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Outcome } from '../../core/alert.ts';
import type { Sink } from '../../core/component.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Model } from '../../diffusion/model.ts';
import { planOptionsOf } from '../../topology/plan-options.ts';
import type { AnomalyJudge } from './anomaly-judge.ts';
import type { ForecastJudge } from './forecast-judge.ts';
import type { ImputationJudge } from './imputation-judge.ts';
import { inferBases } from './infer-bases.ts';
import { iterateRidgeVar } from './iterate-ridge-var.ts';
import type { SeriesTruth } from './truth.ts';

export interface JudgeParts {
  readonly config: PipelineConfig;
  readonly model: Model;
  readonly truth: readonly SeriesTruth[];
  readonly forecast: ForecastJudge | null;
  readonly imputation: ImputationJudge | null;
  readonly anomaly: AnomalyJudge | null;
  /** Sees every outcome after it is judged. */
  readonly onOutcome?: (verdict: Verdict, truth: SeriesTruth, endRow: number) => Promise<void>;
}

/** A sink that judges what the pipeline delivers, beside references on the same windows; those of the score have to be switched on. */
export function judgeSink(parts: JudgeParts): Sink {
  const { config, model, forecast, imputation, anomaly } = parts;
  const truthOf = new Map(parts.truth.map((truth) => [truth.series, truth]));
  const { bounds } = planOptionsOf(config);
  const deliver = async (batch: readonly Outcome[]) => {
    const verdicts = batch.flatMap(({ verdict }) => (verdict === null ? [] : [verdict]));
    const bases = await inferBases(
      model,
      config,
      verdicts.map(({ inference }) => inference.window),
    );
    let next = 0;
    for (const { verdict, alerts } of batch) {
      if (verdict === null) {
        anomaly?.addSilence(alerts);
        continue;
      }
      const base = bases[next++] ?? null;
      const { inference } = verdict;
      const { window } = inference;
      const truth = truthOf.get(window.series);
      if (truth === undefined) continue;
      const endRow = Math.round((window.endMs - truth.startMs) / window.stepMs);
      if (inference.imputed !== null)
        imputation?.add(truth, endRow - window.length + 1, inference.imputed, window.channels, base?.imputed ?? null);
      if (inference.forecast !== null && forecast !== null) {
        const iterated = iterateRidgeVar(model, bounds, window);
        forecast.add(truth, endRow, inference.forecast, base?.forecast ?? null, iterated);
      }
      anomaly?.add(verdict, alerts);
      await parts.onOutcome?.(verdict, truth, endRow);
    }
    return [];
  };
  return { name: 'judge', deliver, close: async () => {}, health: () => ({ ok: true, detail: '' }) };
}
