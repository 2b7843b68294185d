import path from 'node:path';
import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Model } from '../../diffusion/model.ts';
import type { Trained } from '../../diffusion/train.ts';
import type { Manifest, TestMetrics } from '../../infer/manifest.ts';
import { saveModelPackage } from '../../infer/model-package.ts';
import type { SplitSeries } from './split.ts';

export interface Finished {
  readonly config: PipelineConfig;
  readonly model: Omit<Model, 'version'>;
  readonly trained: Trained;
  readonly split: readonly SplitSeries[];
  readonly test: TestMetrics | null;
  /** Where the data came from, and the hash of what they are. */
  readonly data: string;
  readonly fingerprint: string;
  readonly engine: string;
}

/** Writes the package of a finished training; gives its manifest. */
export async function writePackage(dir: string, finished: Finished): Promise<Manifest> {
  const { config, model, trained, test } = finished;
  const metric = (ratio: number) => ({ model: ratio, base: 1 });
  const { manifest } = await saveModelPackage(
    dir,
    {
      pipeline: config.name,
      channels: config.channels,
      trained: trainedOn(finished),
      metrics: {
        impute: metric(trained.validation.impute),
        forecast: metric(trained.validation.forecast),
        score: metric(trained.validation.score),
        cross: metric(trained.validation.cross),
        test,
      },
    },
    model,
  );
  return manifest;
}

function trainedOn({ config, trained, split, data, fingerprint, engine }: Finished): Manifest['trained'] {
  const { step_ms: stepMs } = config.window;
  const sum = (rows: (one: SplitSeries) => number) => split.reduce((n, one) => n + rows(one), 0);
  const startsMs = split.map(({ whole }) => whole.startMs);
  const endsMs = split.map(({ whole }) => whole.startMs + (whole.rows - 1) * stepMs);
  return {
    fingerprint,
    // a package travels: where the file lay on this machine is nobody's business
    data: path.isAbsolute(data) ? path.basename(data) : data,
    rows: sum(({ whole }) => whole.rows),
    from: new Date(Math.min(...startsMs)).toISOString(),
    to: new Date(Math.max(...endsMs)).toISOString(),
    fitted_rows: sum(({ train }) => train.rows),
    validation_rows: sum(({ validation }) => validation.rows),
    steps: trained.steps,
    best_step: trained.bestStep,
    seconds: Math.round(trained.seconds),
    engine,
    seed: config.train.seed,
  };
}
