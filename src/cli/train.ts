import { type Command, Option } from 'commander';
import { loadPipeline } from '../config/load.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { Registry } from '../core/registry.ts';
import { neutralCalibration } from '../diffusion/calibration.ts';
import type { Model } from '../diffusion/model.ts';
import { basesAlone, type Trained } from '../diffusion/train.ts';
import { chooseEngine, loadEngine } from '../infer/engines/choose.ts';
import { useTrainingBackend } from '../infer/engines/training-backend.ts';
import { describeHistory } from './check-history.ts';
import { collectHistory } from './history/collect-history.ts';
import { type DataOptions, openData, timeRange } from './history/open-data.ts';
import type { CliIo } from './io.ts';
import { positiveNumber } from './number-options.ts';
import { withoutFuture } from './read-history.ts';
import { calibrate } from './train/calibrate.ts';
import { calibrationRows } from './train/calibration-rows.ts';
import { checkTrainable, leftOut } from './train/check-trainable.ts';
import { CheckpointFile } from './train/checkpoint-file.ts';
import { dataFingerprint, settingsFingerprint } from './train/identity.ts';
import { type Prepared, prepare } from './train/prepare.ts';
import { runTraining, stoppedBySignal } from './train/run-training.ts';
import { testModel } from './train/test-model.ts';
import { testText, weaknesses } from './train/test-text.ts';
import { writePackage } from './train/write-package.ts';
import { makeFolder } from './write-files.ts';

interface TrainCommandOptions extends DataOptions {
  readonly out: string;
  readonly budgetSeconds?: number;
  readonly engine: 'auto' | 'tensorflow' | 'wasm';
  readonly basesOnly?: boolean;
  readonly resume?: boolean;
  readonly allowMissing?: boolean;
  readonly set: readonly string[];
}

const several = (value: string, all: readonly string[] = []) => [...all, value];

export function registerTrain(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('train')
    .description('Train the pipeline’s diffusion model on recorded data and write a model package.')
    .argument('<pipeline>', 'pipeline file')
    .requiredOption(
      '--data <where>',
      'CSV (.csv), line protocol (.lp) or recorded messages (.jsonl), also .gz; kafka or kafka:TOPIC: the history of the pipeline’s topic; influxdb or influxdb:MEASUREMENT: what its InfluxDB holds',
    )
    .requiredOption('--out <dir>', 'folder of the model package')
    .option('--from <time>', 'readings from this time on (ISO 8601 or epoch)')
    .option('--to <time>', 'readings before this time')
    .option(
      '--influx-url <url>',
      'another server than that of the influxdb sink; INFLUX_USERNAME, INFLUX_PASSWORD or INFLUX_TOKEN log in',
    )
    .option('--influx-database <name>', 'its database')
    .option('--influx-query <influxql>', 'a SELECT of your own; fields (or measurement_field) are channels')
    .option('--influx-series-tag <tag>', 'tag that names the series (repeatable; default: series, or host)', several)
    .option(
      '--influx-channel-tag <tag>',
      'tag that names the channel of a point’s value (default: channel, where there is one)',
    )
    .option('--budget-seconds <n>', 'seconds for the network (default: train.budget_seconds)', positiveNumber)
    .option('--bases-only', 'no network: what it would correct serves alone, after seconds')
    .option('--resume', 'go on from the checkpoint in --out, if there is one')
    .option('--allow-missing', 'train even if channels of the pipeline are not in the data')
    .addOption(new Option('--engine <name>', 'what computes').choices(['auto', 'tensorflow', 'wasm']).default('auto'))
    .option('--set <path=value>', 'override a value of the pipeline (repeatable)', several, [])
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  driftcast train pump/pipeline.yaml --data history.csv --out pump/model',
        '  driftcast train pump/pipeline.yaml --data history.csv --budget-seconds 30 --out /tmp/model',
        '  driftcast train line/pipeline.yaml --data kafka --from 2026-01-01 --out line/model',
        '  driftcast train line/pipeline.yaml --data influxdb:cpu --out line/model --resume',
      ].join('\n'),
    )
    .action((file: string, options: TrainCommandOptions) => train(file, options, io, registry));
}

async function train(file: string, options: TrainCommandOptions, io: CliIo, registry: Registry): Promise<void> {
  const loaded = loadPipeline(file, { registry, env: io.env, overrides: options.set });
  const config = withoutFuture(loaded.config);
  const say = (line: string) => void io.stderr.write(`${line}\n`);
  const feed = await openData(config, registry, io, options, loaded.resolvePath);
  const history = await collectHistory(config, registry, io, feed, timeRange(options));
  say(describeHistory(history, config, feed.what));
  for (const warning of checkTrainable(history, config, feed.what, options.allowMissing === true)) say(warning);
  await makeFolder(options.out); // found out before the training, not after it
  const prepared = prepare(history.series, config, feed.what);
  for (const line of leftOut(prepared.fitted.basis, config)) say(line);
  const { fitted, validationPlaces } = prepared;
  const backend = options.basesOnly === true ? null : await useTrainingBackend(options.engine);
  const engine = backend?.name ?? 'none';
  say(
    `${backend === null ? 'no network is trained' : `training on ${backend.name} (${backend.detail})`}: ${fitted.places.length} windows to fit, ${validationPlaces.length} to validate, ${fitted.basis.active.length} channels; gaps start from ${gapBaseText(fitted.basis.gaps)}`,
  );
  const fingerprint = dataFingerprint(history.series);
  const checkpoint = new CheckpointFile(options.out, {
    data: fingerprint,
    config: settingsFingerprint(config),
    engine,
  });
  const run = {
    budgetSeconds: options.budgetSeconds ?? config.train.budget_seconds,
    resume: options.resume === true,
  };
  const trained =
    backend === null
      ? basesAlone(fitted.shape, config.train.seed)
      : await runTraining(prepared, checkpoint, config, backend, run, io);
  if (backend !== null) say(trainedText(trained));
  const stopIfAsked = () => {
    if (io.signal.aborted) throw stoppedBySignal(backend === null ? null : checkpoint);
  };
  const { model, test } = await finish(prepared, trained, config, say, stopIfAsked);
  say(testText(test, config.model.horizon_steps));
  if (backend !== null) for (const line of weaknesses(test)) say(line);
  const { split } = prepared;
  const finished = { config, model, trained, split, test, data: feed.what, fingerprint, engine };
  const { version } = await writePackage(options.out, finished);
  await checkpoint.remove();
  say(`model ${version} written to ${options.out}`);
}

/** What the network corrects where it fills gaps; the smoother costs tens of milliseconds a window on wide feeds. */
const gapBaseText = (gaps: Model['basis']['gaps']): string =>
  gaps === null
    ? 'linear interpolation'
    : gaps.kind === 'kalman'
      ? 'a Kalman smoother'
      : 'a Kalman smoother of factors';

function trainedText({ steps, bestStep, seconds, validation }: Trained): string {
  const { impute, forecast, score, cross } = validation;
  const best = bestStep === 0 ? 'nothing better than the bases was found' : `best after step ${bestStep}`;
  return `${steps} steps in ${seconds.toFixed(0)} s, ${best}; held-out CRPS over that of the base: imputation ${impute.toFixed(3)}, forecast ${forecast.toFixed(3)}, score ${score.toFixed(3)}, cross score ${cross.toFixed(3)}`;
}

/** Calibration on validation rows, then the test. */
async function finish(
  { fitted, split, validationPlaces }: Prepared,
  trained: Trained,
  config: PipelineConfig,
  say: (line: string) => void,
  stopIfAsked: () => void,
): Promise<{ model: Model; test: Awaited<ReturnType<typeof testModel>> }> {
  const { basis, shape } = fitted;
  const plain: Model = {
    version: '',
    shape,
    basis,
    weights: trained.weights,
    calibration: neutralCalibration(config.channels.length, shape.channels),
  };
  const engine = await (await loadEngine(await chooseEngine('auto'))).create(plain);
  try {
    const rows = calibrationRows(split, config);
    if (rows.note !== '') say(rows.note);
    const calibration = await calibrate(engine, plain, config, rows.stretches, validationPlaces);
    stopIfAsked();
    const model = { ...plain, calibration };
    const test = await testModel(engine, model, config, split);
    stopIfAsked();
    return { model, test };
  } finally {
    await engine.dispose();
  }
}
