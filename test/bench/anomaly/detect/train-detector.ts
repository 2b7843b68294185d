import { type Prepared, prepare } from '../../../../src/cli/train/prepare.ts';
import type { PipelineConfig } from '../../../../src/config/pipeline-schema.ts';
import { neutralCalibration } from '../../../../src/diffusion/calibration.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import type { GridSeries } from '../../../../src/diffusion/normal.ts';
import { trainNetwork } from '../../../../src/diffusion/train.ts';
import { defaultSampling } from '../../../../src/diffusion/training-set.ts';
import type { TrainingBackend } from '../../../../src/infer/engines/training-backend.ts';
import { cpuSeconds } from '../../quality/cpu-time.ts';
import type { AnomalyFile } from '../data/anomaly-file.ts';
import type { AnomalySettings } from '../settings.ts';

/** A model before its calibration, and what it was trained from. */
export interface TrainedDetector {
  readonly model: Model;
  readonly prepared: Prepared;
  readonly steps: number;
}

const startMs = Date.parse('2020-01-01T00:00:00Z');

/** Some rows of a file as a series on the grid, from its first row on. */
export const seriesOf = ({ values, channels }: AnomalyFile, rows: number): GridSeries => ({
  series: 'all',
  startMs,
  rows,
  values: values.subarray(0, rows * channels.length),
});

/**
 * `driftcast train` on the first rows of the file, but that only the masks of the score are drawn: nothing else is asked of this
 * network, and it is trained for seconds. `change` alters the bases before the network is fitted to them.
 */
export async function trainDetector(
  file: AnomalyFile,
  config: PipelineConfig,
  backend: TrainingBackend,
  settings: AnomalySettings,
  change: (prepared: Prepared) => Prepared = (same) => same,
): Promise<TrainedDetector> {
  const prepared = change(prepare([seriesOf(file, file.trainRows)], config, file.name));
  const { fitted, validationPlaces } = prepared;
  const { train } = config;
  const trained = await trainNetwork(fitted, validationPlaces, {
    stepsMax: train.steps_max,
    budgetMs: 1000 * settings.budgetSeconds,
    batchWindows: train.batch_windows,
    learningRate: train.learning_rate,
    weightDecay: train.weight_decay,
    seed: train.seed,
    validateEverySteps: train.validate_every_steps,
    sampling: { ...defaultSampling, shares: { impute: 0, forecast: 0, score: 0.6, cross: 0.4 } },
    elapsedMs: () => 1000 * cpuSeconds(),
    marginals: (weights, batch) => backend.marginals(fitted.shape, weights, batch),
  });
  const calibration = neutralCalibration(file.channels.length, fitted.shape.channels);
  const model = { version: '', shape: fitted.shape, basis: fitted.basis, weights: trained.weights, calibration };
  return { model, prepared, steps: trained.steps };
}
