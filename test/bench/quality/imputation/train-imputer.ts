import { createRng } from '../../../../src/core/rng.ts';
import { neutralCalibration } from '../../../../src/diffusion/calibration.ts';
import { type FittedBasis, fitBasis } from '../../../../src/diffusion/fit-basis.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { type GridSeries, normalise } from '../../../../src/diffusion/normal.ts';
import { type TrainOptions, trainNetwork } from '../../../../src/diffusion/train.ts';
import { defaultSampling, type Segment, type WindowPlace } from '../../../../src/diffusion/training-set.ts';
import { useTrainingBackend } from '../../../../src/infer/engines/training-backend.ts';
import { cpuSeconds } from '../cpu-time.ts';
import { gapBaseOf, numberOf, type RunSettings } from '../settings.ts';
import type { ImputationProtocol } from './protocol.ts';

export interface TrainedImputer {
  readonly model: Model;
  readonly places: readonly WindowPlace[];
  /** CPU seconds of base and network, all threads. */
  readonly cpuS: number;
  readonly baseCpuS: number;
  readonly steps: number;
  /** CRPS on the validation windows over that of the base. */
  readonly validation: number;
}

const foldCount = 5;

/** Base and network for one protocol, through the library as `driftcast train` goes through it. */
export async function trainImputer(
  protocol: ImputationProtocol,
  settings: RunSettings,
  seed: number,
): Promise<TrainedImputer> {
  const from = process.cpuUsage();
  const fitted = fitOn(protocol, settings, seed);
  const baseCpuS = cpuSeconds(from);
  settings.say(`  base fitted in ${baseCpuS.toFixed(0)} CPU s`);
  const backend = await useTrainingBackend('auto');
  const networkFrom = process.cpuUsage();
  const options: TrainOptions = {
    stepsMax: settings.quick ? 12 : numberOf(settings, 'steps_max', 100_000),
    budgetMs: 1000 * settings.budgetSeconds,
    batchWindows: settings.quick ? 4 : numberOf(settings, 'batch', 16),
    learningRate: numberOf(settings, 'learning_rate', 0.003),
    weightDecay: numberOf(settings, 'weight_decay', 0.1),
    dropout: numberOf(settings, 'dropout', 0.15),
    sampling: {
      ...defaultSampling,
      shares: { impute: 1, forecast: 0, score: 0, cross: 0 },
      gapMask: protocol.gaps,
      nullShare: numberOf(settings, 'null_share', defaultSampling.nullShare),
      reuse: numberOf(settings, 'reuse', defaultSampling.reuse),
    },
    seed,
    elapsedMs: () => 1000 * cpuSeconds(networkFrom), // a busy machine takes longer, it does not learn less
    marginals: (weights, batch) => backend.marginals(fitted.shape, weights, batch),
    onProgress: ({ step, steps, loss, validation }) => {
      if (validation !== null)
        settings.say(
          `  step ${step}/${steps}, loss ${loss.toFixed(4)}, held-out over base ${validation.score.toFixed(4)}`,
        );
    },
  };
  const trained = await trainNetwork(fitted, validationPlaces(protocol, fitted), options);
  const { basis, shape, places } = fitted;
  return {
    model: {
      version: 'quality',
      shape,
      basis,
      weights: trained.weights,
      calibration: neutralCalibration(protocol.channels, shape.channels),
    },
    places,
    cpuS: cpuSeconds(from),
    baseCpuS,
    steps: trained.steps,
    validation: trained.validation.impute,
  };
}

function fitOn(protocol: ImputationProtocol, settings: RunSettings, seed: number): FittedBasis {
  const { length, channels, stepMs } = protocol;
  const fitted = fitBasis(
    [gridOf(protocol, protocol.training)],
    {
      measured: new Array<boolean>(channels).fill(true),
      transforms: protocol.transforms,
      stepMs,
      length,
      horizon: 4, // no forecast is asked for: the smallest ridge
      patch: numberOf(settings, 'patch', 4),
      width: settings.quick ? 8 : numberOf(settings, 'width', 48),
      blocks: numberOf(settings, 'blocks', 2),
      crossGroups: 0,
      gapBase: gapBaseOf(settings),
    },
    createRng(seed),
  );
  if (fitted.shape.channels !== channels) throw new Error(`${channels - fitted.shape.channels} channels never vary`);
  return { ...fitted, places: placesAt(fitted.segments[0], protocol.trainingRows) };
}

/** The windows of the protocol, not those that the basis found: in a grid of records, most rows start no window. */
const placesAt = (segment: Segment, rows: readonly number[]): WindowPlace[] =>
  rows.map((row, i) => ({ segment, row, fold: Math.min(foldCount - 1, Math.floor((i * foldCount) / rows.length)) }));

function validationPlaces(protocol: ImputationProtocol, { basis }: FittedBasis): WindowPlace[] {
  const grid = gridOf(protocol, protocol.validation);
  const z = normalise(grid, basis.priors, basis.active, basis.transforms);
  return placesAt({ z, rows: grid.rows, startMs: grid.startMs }, protocol.validationRows);
}

/** Values as one series. */
export const gridOf = (protocol: ImputationProtocol, values: Float64Array, startMs = protocol.startMs): GridSeries => ({
  series: 'all',
  startMs,
  rows: values.length / protocol.channels,
  values,
});
