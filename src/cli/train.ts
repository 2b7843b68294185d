import { createHash } from 'node:crypto';
import cliProgress from 'cli-progress';
import { type Command, Option } from 'commander';
import { loadPipeline } from '../config/load.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import { createRng } from '../core/rng.ts';
import { neutralCalibration } from '../diffusion/calibration.ts';
import { type FittedBasis, fitBasis } from '../diffusion/fit-basis.ts';
import type { Model, Weight } from '../diffusion/model.ts';
import { normalise } from '../diffusion/normal.ts';
import { nullSigma } from '../diffusion/precondition.ts';
import { type Trained, trainNetwork } from '../diffusion/train.ts';
import { type WindowPlace, windowPlaces } from '../diffusion/training-set.ts';
import { chooseEngine, loadEngine } from '../infer/engines/choose.ts';
import { type TrainingBackend, useTrainingBackend } from '../infer/engines/training-backend.ts';
import { saveModelPackage } from '../infer/model-package.ts';
import { checkUsable, describeHistory } from './check-history.ts';
import type { CliIo } from './io.ts';
import { positiveNumber } from './number-options.ts';
import { type History, readHistory, replayOf, withoutFuture } from './read-history.ts';
import { calibrate } from './train/calibrate.ts';
import { splitByTime } from './train/split.ts';
import { makeFolder } from './write-files.ts';

interface TrainCommandOptions {
  readonly data: string;
  readonly out: string;
  readonly budgetSeconds?: number;
  readonly engine: 'auto' | 'tensorflow' | 'wasm';
  readonly set: readonly string[];
}

export function registerTrain(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('train')
    .description('Train the pipeline’s diffusion model on recorded data and write a model package.')
    .argument('<pipeline>', 'pipeline file')
    .requiredOption('--data <file>', 'CSV file (or .csv.gz) with a header and a time column')
    .requiredOption('--out <dir>', 'folder of the model package')
    .option('--budget-seconds <n>', 'seconds for the network (default: train.budget_seconds)', positiveNumber)
    .addOption(new Option('--engine <name>', 'what computes').choices(['auto', 'tensorflow', 'wasm']).default('auto'))
    .option(
      '--set <path=value>',
      'override a value of the pipeline (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .addHelpText(
      'after',
      '\nExamples:\n  driftcast train pump/pipeline.yaml --data history.csv --out pump/model\n  driftcast train pump/pipeline.yaml --data history.csv --budget-seconds 30 --out /tmp/model',
    )
    .action((file: string, options: TrainCommandOptions) => train(file, options, io, registry));
}

async function train(file: string, options: TrainCommandOptions, io: CliIo, registry: Registry): Promise<void> {
  const config = withoutFuture(loadPipeline(file, { registry, env: io.env, overrides: options.set }).config);
  const say = (line: string) => void io.stderr.write(`${line}\n`);
  const history = await readHistory(config, registry, io, replayOf(config, options.data));
  say(describeHistory(history, config, options.data));
  checkTrainable(history, config, options.data);
  await makeFolder(options.out); // found out before the training, not after it
  const { step_ms: stepMs, length_steps: length } = config.window;
  const { train: training, held } = splitByTime(
    history.series,
    config.channels.length,
    stepMs,
    config.train.validation_fraction,
    3 * length,
  );
  const rng = createRng(config.train.seed);
  const fitted = fitBasis(training, basisOptions(config), rng);
  if (fitted.basis.active.length === 0) {
    throw new DriftcastError('DATA_INSUFFICIENT', `training on ${options.data}: no channel varies`, {
      hint: 'Every channel is constant, or has hardly a value: there is nothing to learn from. Check the file.',
    });
  }
  const heldPlaces = placesOf(fitted, held, length);
  if (fitted.places.length < 8 || heldPlaces.length < 2) {
    throw new DriftcastError(
      'DATA_INSUFFICIENT',
      `training on ${options.data}: only ${fitted.places.length} training and ${heldPlaces.length} held-out windows of ${length} rows`,
      {
        hint: 'Use a longer history, or a smaller window.length_steps.',
      },
    );
  }
  const backend = await useTrainingBackend(options.engine);
  say(
    `training on ${backend.name} (${backend.detail}): ${fitted.places.length} windows, ${fitted.basis.active.length} channels`,
  );
  const trained = await runTraining(fitted, heldPlaces, config, options, io, backend.marginals);
  say(
    `${trained.steps} steps in ${trained.seconds.toFixed(0)} s; held-out CRPS over that of the base: imputation ${trained.validation.impute.toFixed(3)}, forecast ${trained.validation.forecast.toFixed(3)}, score ${trained.validation.score.toFixed(3)}, cross score ${trained.validation.cross.toFixed(3)}`,
  );
  await finish(fitted, trained, heldPlaces, history, config, options, backend.name, say);
}

const basisOptions = (config: PipelineConfig) => ({
  measured: config.channels.map(({ kind }) => kind === 'gauge'),
  stepMs: config.window.step_ms,
  length: config.window.length_steps,
  horizon: config.model.horizon_steps,
  patch: config.train.patch_steps,
  width: config.train.width,
  blocks: config.train.blocks,
  crossGroups: config.score.cross_groups,
});

function checkTrainable(history: History, config: PipelineConfig, file: string): void {
  checkUsable(history, config, `training on ${file}`);
  const longest = history.series.reduce((most, { rows }) => Math.max(most, rows), 0);
  const { length_steps: length } = config.window;
  if (longest < 3 * length) {
    throw new DriftcastError(
      'DATA_INSUFFICIENT',
      `training on ${file}: the longest series has ${longest} rows, at least ${3 * length} are needed (three windows)`,
      {
        hint: 'Use a longer history, or a smaller window.length_steps.',
      },
    );
  }
}

function placesOf(fitted: FittedBasis, held: ReturnType<typeof splitByTime>['held'], length: number): WindowPlace[] {
  const { basis, shape } = fitted;
  const segments = held.map((one) => ({
    z: normalise(one, basis.seriesPriors.get(one.series) ?? basis.priors, basis.active),
    rows: one.rows,
    startMs: one.startMs,
  }));
  return windowPlaces(segments, length, shape.channels, shape.patch);
}

async function runTraining(
  fitted: FittedBasis,
  heldPlaces: readonly WindowPlace[],
  config: PipelineConfig,
  options: TrainCommandOptions,
  io: CliIo,
  marginals: TrainingBackend['marginals'],
): Promise<Trained> {
  const bar = new cliProgress.SingleBar(
    {
      format:
        'training {bar} {value}/{total} steps | loss {loss} | held-out {validation} of base | {eta_formatted} left',
      stream: io.stderr as NodeJS.WriteStream,
      noTTYOutput: false,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  const shown = io.isTerminal;
  if (shown) bar.start(config.train.steps_max, 0, { loss: '-', validation: '-' });
  try {
    return await trainNetwork(fitted, heldPlaces, {
      stepsMax: config.train.steps_max,
      budgetMs: 1000 * (options.budgetSeconds ?? config.train.budget_seconds),
      batchWindows: config.train.batch_windows,
      learningRate: config.train.learning_rate,
      weightDecay: config.train.weight_decay,
      seed: config.train.seed,
      elapsedMs: () => io.clock.monotonicMs(),
      betweenSteps: async () => {
        await new Promise((resolve) => setImmediate(resolve)); // the engines hold the thread: no signal would come through
        if (io.signal.aborted) throw new DriftcastError('USAGE', 'training: stopped by a signal, no model is written');
      },
      marginals: (weights, batch) => marginals(fitted.shape, weights, batch),
      onProgress: ({ step, steps, loss, validation }) => {
        if (!shown) return;
        bar.setTotal(steps);
        bar.update(step, { loss: loss.toFixed(3), validation: validation.toFixed(3) });
      },
    });
  } finally {
    bar.stop();
  }
}

async function finish(
  fitted: FittedBasis,
  trained: Trained,
  heldPlaces: readonly WindowPlace[],
  history: History,
  config: PipelineConfig,
  options: TrainCommandOptions,
  engineName: string,
  say: (line: string) => void,
): Promise<void> {
  const { basis, shape } = fitted;
  const weights = trained.weights as ReadonlyMap<string, Weight>;
  const plain: Model = {
    version: '',
    shape,
    basis,
    weights,
    calibration: neutralCalibration(config.channels.length, shape.channels),
  };
  const engine = await (await loadEngine(await chooseEngine('auto', false))).create(plain);
  const calibration = await calibrate(engine, plain, config, history.series, heldPlaces);
  await engine.dispose();
  const rows = history.series.reduce((n, s) => n + s.rows, 0);
  const from = Math.min(...history.series.map((s) => s.startMs));
  const to = Math.max(...history.series.map((s) => s.startMs + (s.rows - 1) * config.window.step_ms));
  const fingerprint = createHash('sha256');
  for (const { values } of history.series)
    fingerprint.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const metric = (model: number) => ({ model, base: 1 });
  const { manifest } = await saveModelPackage(
    options.out,
    {
      pipeline: config.name,
      channels: config.channels.map(({ name, unit, kind }) => ({ name, unit, kind })),
      active: [...basis.active],
      step_ms: basis.stepMs,
      length_steps: shape.length,
      horizon_steps: basis.horizon,
      periods_ms: [...basis.periodsMs],
      network: {
        width: shape.width,
        blocks: shape.blocks,
        patch_steps: shape.patch,
        cell_features: shape.cellFeatures,
        token_features: shape.tokenFeatures,
        time_features: shape.timeFeatures,
        tasks: shape.tasks,
      },
      ridge: { lags: basis.ridge.lags, cross_channel: basis.ridge.crossChannel },
      cross_groups: basis.cross.groups.map((group) => [...group]),
      schedule: { parameterisation: 'edm', sigma_data: 1, null_sigma: nullSigma },
      series: [...basis.seriesPriors.keys()],
      trained: {
        fingerprint: fingerprint.digest('hex'),
        rows,
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        steps: trained.steps,
        seconds: Math.round(trained.seconds),
        engine: engineName,
        seed: config.train.seed,
      },
      metrics: {
        impute: metric(trained.validation.impute),
        forecast: metric(trained.validation.forecast),
        score: metric(trained.validation.score),
        cross: metric(trained.validation.cross),
      },
    },
    { shape, basis, calibration, weights },
  );
  say(`model ${manifest.version} written to ${options.out}`);
}
