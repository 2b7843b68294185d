import { calibrate } from '../../../../src/cli/train/calibrate.ts';
import { calibrationRows } from '../../../../src/cli/train/calibration-rows.ts';
import type { PipelineConfig } from '../../../../src/config/pipeline-schema.ts';
import { meanRelativeSquare } from '../../../../src/diffusion/calibration.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { estimatePeriod } from '../../../../src/eval/estimate-period.ts';
import type { Engine } from '../../../../src/infer/engines/engine.ts';
import { onnxEngine } from '../../../../src/infer/engines/onnx.ts';
import type { TrainingBackend } from '../../../../src/infer/engines/training-backend.ts';
import { zeroHeadEngine } from '../../../../src/infer/engines/zero-head.ts';
import { referenceParts } from '../../../../src/score/references.ts';
import { Scorer } from '../../../../src/score/scorer.ts';
import { scoreOptionsOf } from '../../../../src/topology/score-options.ts';
import { cpuSeconds } from '../../quality/cpu-time.ts';
import type { AnomalyFile } from '../data/anomaly-file.ts';
import { publishedVusPr } from '../data/published.ts';
import { type Detection, type DetectorFigures, judgeDetector } from '../judge/judge-detector.ts';
import type { FileResult } from '../results.ts';
import type { AnomalySettings } from '../settings.ts';
import { pipelineConfig } from './pipeline-config.ts';
import { runDetector, seeAll, seePart, type View } from './run-detector.ts';
import { type TrainedDetector, trainDetector } from './train-detector.ts';
import { withoutAutoregression } from './without-autoregression.ts';

/** Trains on a file and judges every detector on it, or the ablations alone. */
export async function runFile(
  file: AnomalyFile,
  backend: TrainingBackend,
  settings: AnomalySettings,
): Promise<FileResult> {
  const config = pipelineConfig(file, settings);
  const from = process.cpuUsage();
  const trained = await trainDetector(file, config, backend, settings);
  const engine = await onnxEngine.create(trained.model);
  const model = await calibrated(trained, config, engine);
  const trainCpuS = cpuSeconds(from);
  const served = process.cpuUsage();
  const [name, changes] = settings.ablations ? ['one_horizon', { scoreHorizons: [4] }] : ['driftcast', {}];
  const found = await runDetector(file, config, model, engine, [viewOf(name, model, config)], changes);
  const msRow = (1000 * cpuSeconds(served)) / file.rows;
  await engine.dispose();
  const rest = settings.ablations
    ? await detectWithoutVar(file, config, backend, settings)
    : await detectWithBases(file, trained, config);
  const first = Float64Array.from(file.judged, (row) => file.values[row * file.channels.length]);
  const window = estimatePeriod(first);
  const figures = [...found, ...rest].map(([detector, own]): [string, DetectorFigures] => [
    detector,
    judgeDetector(file, own, window),
  ]);
  return {
    set: file.set,
    name: file.name,
    rows: file.judged.length,
    channels: file.channels.length,
    train_rows: file.trainRows,
    choosing: file.choosing,
    published: publishedVusPr(file.published),
    detectors: Object.fromEntries(figures),
    train_cpu_s: trainCpuS,
    train_steps: trained.steps,
    ms_row: msRow,
  };
}

async function calibrated(
  { model, prepared }: TrainedDetector,
  config: PipelineConfig,
  engine: Engine,
): Promise<Model> {
  const { stretches } = calibrationRows(prepared.split, config);
  return { ...model, calibration: await calibrate(engine, model, config, stretches, prepared.validationPlaces) };
}

/** A score room as a pipeline with this model would have it. */
function viewOf(name: string, model: Model, config: PipelineConfig): View {
  const { calibration } = model;
  const meanSquared = meanRelativeSquare(calibration);
  const { slowLevel: slowMeanSquared, referenceScores, groupScores, rowsPerAlarm } = calibration;
  const measured = { meanSquared, slowMeanSquared, referenceScores, groupScores, rowsPerAlarm };
  return { name, scorer: new Scorer(scoreOptionsOf(config, measured, 0)), meanSquared, see: seeAll };
}

/** The detectors that need no network: the bases in all ways of looking, the VAR alone, its nearer horizon alone, and z. */
async function detectWithBases(
  file: AnomalyFile,
  trained: TrainedDetector,
  config: PipelineConfig,
): Promise<Map<string, Detection>> {
  const engine = zeroHeadEngine(trained.model.shape);
  const model = await calibrated(trained, config, engine);
  const mean = meanRelativeSquare(model.calibration);
  const nothing = new Float64Array(0);
  const slowMeanSquared = mean.map(() => Number.NaN);
  const reference = (name: string, meanSquared: Float64Array, see: View['see']): View => ({
    name,
    scorer: new Scorer(
      scoreOptionsOf(config, { meanSquared, slowMeanSquared, referenceScores: nothing, rowsPerAlarm: 1 }, 0),
    ),
    meanSquared,
    see,
  });
  return runDetector(file, config, model, engine, [
    viewOf('no_network', model, config),
    reference(
      'ridge_var',
      mean,
      seePart(({ squared }) => ({ squared })),
    ),
    reference(
      'z_score',
      mean.map(() => 1),
      seePart(referenceParts.z_score),
    ),
  ]);
}

/** A network of its own over the long-run mean in the place of the VAR. */
async function detectWithoutVar(
  file: AnomalyFile,
  config: PipelineConfig,
  backend: TrainingBackend,
  settings: AnomalySettings,
): Promise<Map<string, Detection>> {
  const trained = await trainDetector(file, config, backend, settings, withoutAutoregression);
  const engine = await onnxEngine.create(trained.model);
  const model = await calibrated(trained, config, engine);
  const found = await runDetector(file, config, model, engine, [viewOf('no_var_base', model, config)]);
  await engine.dispose();
  return found;
}
