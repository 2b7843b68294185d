import { registry } from '../../src/components.ts';
import { type PipelineConfig, pipelineSchema } from '../../src/config/pipeline-schema.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Decoder, Sink, Source } from '../../src/core/component.ts';
import type { DeadLetterSink } from '../../src/core/dead-letter.ts';
import { createRng } from '../../src/core/rng.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { neutralCalibration } from '../../src/diffusion/calibration.ts';
import { Overload } from '../../src/infer/overload.ts';
import type { PlanResult, PlanWindow } from '../../src/infer/plan.ts';
import { buildRooms, type Rooms } from '../../src/topology/build-rooms.ts';
import { Pipeline } from '../../src/topology/pipeline.ts';
import type { StateStore } from '../../src/topology/state-store.ts';

export const benchStepMs = 1000;
export const benchStartMs = Date.UTC(2026, 0, 1);
const referenceScores = 2000;

export interface BenchConfigOptions {
  readonly channels: number;
  readonly seriesMax: number;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A pipeline as a user would write it, all else by default; its source and its sinks are given to `benchPipeline`. */
export function benchConfig({ channels, seriesMax, more = {} }: BenchConfigOptions): PipelineConfig {
  return pipelineSchema(registry).parse({
    name: 'bench',
    source: { type: 'kafka', brokers: ['localhost:9092'], topics: 'bench' },
    decode: { type: 'json', series: { path: 'device' } },
    channels: Array.from({ length: channels }, (_, c) => ({ name: `channel_${c}` })),
    window: { step_ms: benchStepMs },
    limits: { series_max: seriesMax },
    sinks: [{ type: 'line-protocol', path: 'results.lp' }],
    dead_letter: { type: 'file', path: 'dead.jsonl' },
    ...more,
  });
}

/** The rooms with state of series, from a calibration that is made up: of the size of a real one. */
export function benchRooms(config: PipelineConfig): Rooms {
  const channels = config.channels.length;
  const rng = createRng(1);
  const calibration = {
    ...neutralCalibration(channels, channels),
    slowLevel: new Float64Array(channels).fill(0.1),
    referenceScores: Float64Array.from({ length: referenceScores }, () => Math.exp(0.5 * rng.normal())),
  };
  const priors = config.channels.map(() => ({ mean: 20, variance: 1, absMax: 24, weight: 1000 }));
  return buildRooms(config, { calibration, basis: { priors, seriesPriors: new Map() } }, silentTelemetry);
}

export interface BenchParts {
  readonly source: Source;
  readonly decoder: Decoder;
  readonly sinks: readonly Sink[];
  readonly infer: (windows: readonly PlanWindow[]) => Promise<readonly PlanResult[]>;
  readonly stateFile?: StateStore;
}

/** The topology of `driftcast run` around parts of a benchmark's own. */
export function benchPipeline(config: PipelineConfig, { stateFile, infer, ...parts }: BenchParts): Pipeline {
  const { limits, window, state, model, infer: batching } = config;
  const { assembler, scorer, tracker, forecaster } = benchRooms(config);
  return new Pipeline({
    ...parts,
    ...{ assembler, scorer, tracker, forecaster, deadLetters: noDeadLetters },
    infer: {
      infer,
      modelVersion: 'bench',
      quantileLevels: model.quantiles,
      batchWindowsMax: batching.batch_windows_max,
      batchWaitMsMax: batching.batch_wait_ms_max,
      batchesMax: 2,
      overload: new Overload({ steps: [], lagMsMax: 1, recoverMs: 1, clock: systemClock, telemetry: silentTelemetry }),
    },
    stateFile: stateFile ?? null,
    clock: systemClock,
    telemetry: silentTelemetry,
    limits: {
      inFlightWindowsMax: limits.in_flight_windows_max,
      seriesMax: limits.series_max,
      idleMs: window.idle_ms,
      checkpointMs: state.interval_ms,
      shutdownMs: limits.shutdown_ms_max,
      stallMs: limits.stall_ms_max,
    },
  });
}

/** A benchmark's feed is good: whatever is refused is a mistake of its own. */
const noDeadLetters: DeadLetterSink = {
  write: async ([letter]) => {
    throw new Error(`the feed was refused: ${letter?.reason}, ${letter?.detail}`);
  },
  close: async () => {},
};
