import { availableParallelism } from 'node:os';
import type { ComponentConfig, PipelineConfig } from '../config/pipeline-schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Sink } from '../core/component.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Reading } from '../core/reading.ts';
import type { Registry } from '../core/registry.ts';
import { stateVersionOf } from '../core/series-state.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { isolationOf, resolveEngine } from '../infer/engines/choose.ts';
import { probeApart } from '../infer/engines/probe-apart.ts';
import { deviceFiles, gpusAmong } from '../infer/engines/visible-gpus.ts';
import { loadModelPackage, type ModelPackage } from '../infer/model-package.ts';
import { Overload } from '../infer/overload.ts';
import { WorkerPool } from '../infer/pool.ts';
import { buildRooms } from './build-rooms.ts';
import { componentContext } from './component-context.ts';
import { openingPValue } from './opening-p-value.ts';
import { Pipeline } from './pipeline.ts';
import { advised, type PipelineCheck } from './pipeline-checks.ts';
import { planOptionsOf } from './plan-options.ts';
import { StateFile } from './state-file.ts';

export interface BuildOptions {
  readonly config: PipelineConfig;
  readonly registry: Registry;
  readonly modelDir: string;
  readonly resolvePath: (path: string) => string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Sinks besides those of the config. */
  readonly observers?: readonly Sink[];
  readonly alter?: (reading: Reading) => readonly Reading[];
}

const closeMsMax = 10_000;
/** One that it runs, and one that is there when it is done. */
const batchesAWorker = 2;

export interface BuiltPipeline {
  readonly pipeline: Pipeline;
  readonly model: ModelPackage;
  readonly pool: WorkerPool;
  /** Named checks of progress, state, source, sinks, workers, forecasts and drift. */
  readonly checks: readonly PipelineCheck[];
  /** Decayed share of values within the 90 % interval that was forecast for them; null where nothing is resolved. */
  forecastCoverage90(): number | null;
  /** The p-value that opens an alarm. */
  readonly openingPValue: number;
  /** Alarms that fired for each day of a series, decayed; null before the first row that could. */
  alarmsPerSeriesDay(): number | null;
  progress(): number | null;
  /** Closes source, sinks, dead-letter sink and workers; gives up on one that hangs. */
  close(): Promise<void>;
}

/** Builds what the config names and starts the workers. Errors: CONFIG_INVALID, MODEL_INVALID, MODEL_MISMATCH, ENGINE_UNAVAILABLE. */
export async function buildPipeline(options: BuildOptions): Promise<BuiltPipeline> {
  const { config, registry, clock, telemetry, resolvePath } = options;
  const model = await loadModelPackage(options.modelDir);
  checkFit(config, model);
  const { path: statePath, topic_prefix: topicPrefix } = config.state;
  const stateVersion = stateVersionOf(model.model.version);
  const states = topicPrefix === '' ? {} : { states: { topicPrefix, modelVersion: stateVersion } };
  const context = { ...componentContext(config, clock, resolvePath, telemetry), ...states };
  const poolOf = await poolOptions(options, model.manifest.version);
  const pool = new WorkerPool(poolOf);
  const overload = overloadOf(config, clock, telemetry);
  const source = build(registry.sources, config.source, context);
  const sinks = config.sinks.map((sink) => build(registry.sinks, sink, context));
  const decoder = build(registry.decoders, config.decode, context);
  const deadLetters = build(registry.deadLetters, config.dead_letter, context);
  const stateFile = statePath === '' ? null : new StateFile(resolvePath(statePath), stateVersion);
  const { monitor, alarms, drift, ...rooms } = buildRooms(config, model.model, telemetry);
  const pipeline = new Pipeline({
    source,
    decoder,
    sinks: [...sinks, ...(options.observers ?? [])],
    deadLetters,
    ...rooms,
    infer: {
      infer: (windows) => pool.infer(windows),
      modelVersion: model.model.version,
      batchesMax: batchesAWorker * poolOf.workers,
      overload,
      ...batchesOf(config),
    },
    stateFile,
    clock,
    telemetry,
    limits: {
      inFlightWindowsMax: config.limits.in_flight_windows_max,
      seriesMax: config.limits.series_max,
      idleMs: config.window.idle_ms,
      checkpointMs: config.state.interval_ms,
      shutdownMs: config.limits.shutdown_ms_max,
      stallMs: config.limits.stall_ms_max,
    },
    ...(options.alter === undefined ? {} : { alter: options.alter }),
  });
  const others = { close: () => Promise.all([decoder.close?.(), stateFile?.close()]) };
  const close = () => closeAll([source, others, ...sinks, deadLetters, pool], clock);
  try {
    // last: what is wrong with the config is found before any worker runs
    await pool.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    pipeline,
    model,
    pool,
    checks: [
      ...pipeline.checks,
      advised('source', source, 'what is not read waits there; check that it runs and that this process may read it'),
      ...(decoder.health === undefined ? [] : [{ name: 'decoder', check: decoder.health }]),
      advised('workers', pool, 'run `driftcast doctor`; what they were given is run again'),
      ...sinks.map((sink, i) =>
        advised(
          `sink ${i + 1} ${sink.name}`,
          sink,
          'results wait and are tried again; check that it runs and has room',
        ),
      ),
      ...(config.infer.overload.steps.length === 0 ? [] : [{ name: 'overload', check: () => overload.health() }]),
      ...(rooms.forecaster === null ? [] : [{ name: 'forecast', check: () => monitor.health() }]),
      ...(config.drift.action === 'off' ? [] : [{ name: 'drift', check: () => drift.health() }]),
    ],
    forecastCoverage90: () => monitor.coverage90,
    openingPValue: openingPValue(config, model.model.calibration.rowsPerAlarm),
    alarmsPerSeriesDay: () => alarms.alarmsPerSeriesDay,
    progress: () => source.progress(),
    close,
  };
}

const batchesOf = ({ model, infer }: PipelineConfig) => ({
  quantileLevels: model.quantiles,
  batchWindowsMax: infer.batch_windows_max,
  batchWaitMsMax: infer.batch_wait_ms_max,
});

function overloadOf({ infer: { overload } }: PipelineConfig, clock: Clock, telemetry: Telemetry): Overload {
  const { steps, lag_ms_max: lagMsMax, recover_ms: recoverMs } = overload;
  return new Overload({ steps, lagMsMax, recoverMs, clock, telemetry });
}

async function closeAll(parts: readonly { close(): Promise<unknown> }[], clock: Clock): Promise<void> {
  const closing = Promise.allSettled(parts.map((part) => part.close()));
  const late = new AbortController();
  await Promise.race([closing, clock.sleep(closeMsMax, late.signal)]);
  late.abort();
}

async function poolOptions({ config, modelDir, clock, telemetry }: BuildOptions, modelVersion: string) {
  const {
    workers,
    attempts_max: attemptsMax,
    timeout_ms: timeoutMs,
    worker_memory_mb_max: megabytesMax,
  } = config.infer;
  const { load, idleGpu } = await resolveEngine(config.infer, gpusAmong(deviceFiles()), probeApart);
  if (idleGpu.length > 0)
    telemetry.log('warn', 'a GPU is visible, and no engine that was asked for computes on it', { tried: idleGpu });
  return {
    workers: workers > 0 ? workers : Math.max(1, availableParallelism() - 1),
    isolation: isolationOf(load.engine),
    load: { kind: 'load', modelDir, modelVersion, ...load, options: planOptionsOf(config) },
    attemptsMax,
    timeoutMs,
    residentBytesMax: megabytesMax * 1_048_576,
    clock,
    telemetry,
  } as const;
}

function build<O, B>(
  specs: ReadonlyMap<string, { build(options: O, context: ReturnType<typeof componentContext>): B }>,
  chosen: ComponentConfig,
  context: ReturnType<typeof componentContext>,
): B {
  const spec = specs.get(chosen.type);
  if (spec === undefined)
    throw new DriftcastError('INTERNAL', `building component ${chosen.type}: not in the registry`);
  const { type: _, ...own } = chosen;
  return spec.build(own as O, context);
}

/** A model serves the pipeline it was trained for: same channels in the same order, same grid, same window. */
function checkFit(config: PipelineConfig, { manifest }: ModelPackage): void {
  const wrong = (what: string, model: string, asked: string) =>
    new DriftcastError(
      'MODEL_MISMATCH',
      `loading the model for ${config.name}: the model has ${what} ${model}, the pipeline asks for ${asked}`,
      {
        hint: 'Train the model with this pipeline file, or point model.path at the one that fits.',
      },
    );
  const names = manifest.channels.map(({ name }) => name).join(', ');
  const asked = config.channels.map(({ name }) => name).join(', ');
  if (names !== asked) throw wrong('channels', names, asked);
  const bent = manifest.channels.map(({ transform }) => transform ?? 'none').join(', ');
  const askedBent = config.channels.map(({ transform }) => transform).join(', ');
  if (bent !== askedBent) throw wrong('channel transforms', bent, askedBent);
  const rates = manifest.channels.filter(({ rate }) => rate).map(({ name }) => name);
  const askedRates = config.channels.filter(({ aggregate }) => aggregate === 'rate').map(({ name }) => name);
  if (rates.join() !== askedRates.join())
    throw wrong('rates of the counters', rates.join(', ') || 'none', askedRates.join(', ') || 'none');
  const ahead = manifest.channels.filter(({ known_ahead }) => known_ahead).map(({ name }) => name);
  const askedAhead = config.channels.filter(({ known_ahead }) => known_ahead).map(({ name }) => name);
  if (ahead.join() !== askedAhead.join())
    throw wrong('channels known ahead', ahead.join(', ') || 'none', askedAhead.join(', ') || 'none');
  if (manifest.step_ms !== config.window.step_ms)
    throw wrong('window.step_ms', String(manifest.step_ms), String(config.window.step_ms));
  if (manifest.length_steps !== config.window.length_steps)
    throw wrong('window.length_steps', String(manifest.length_steps), String(config.window.length_steps));
  if (manifest.horizon_steps !== config.model.horizon_steps)
    throw wrong('model.horizon_steps', String(manifest.horizon_steps), String(config.model.horizon_steps));
}
