import { AlertTracker } from '../../../src/alert/alert-tracker.ts';
import type { Channel } from '../../../src/core/channel.ts';
import type { Decoder, Sink, Source } from '../../../src/core/component.ts';
import type { CommitMark } from '../../../src/core/record.ts';
import type { Rng } from '../../../src/core/rng.ts';
import type { Telemetry } from '../../../src/core/telemetry.ts';
import { silentTelemetry } from '../../../src/core/telemetry.ts';
import { Forecaster } from '../../../src/forecast/forecaster.ts';
import { shapeOf } from '../../../src/forecast/shape.ts';
import { Overload } from '../../../src/infer/overload.ts';
import type { PlanResult, PlanWindow } from '../../../src/infer/plan.ts';
import { Scorer } from '../../../src/score/scorer.ts';
import { Pipeline } from '../../../src/topology/pipeline.ts';
import type { PipelineParts } from '../../../src/topology/pipeline-parts.ts';
import { WindowAssembler } from '../../../src/window/assembler.ts';
import type { WindowOptions } from '../../../src/window/options.ts';
import {
  fakeResult,
  channels as gauges,
  horizon,
  isPoison,
  type Letters,
  lineDecoder,
  type MemoryStore,
  quantileLevels,
  type Results,
} from './fake-parts.ts';
import { type Broker, FakeSource } from './fake-source.ts';
import { VirtualTime } from './virtual-time.ts';

export const stepMs = 1000;
export const stride = 2;

export interface WorldOptions {
  readonly broker: Broker;
  readonly results: Results;
  readonly letters: Letters;
  readonly store: MemoryStore | null;
  readonly rng: Rng;
  readonly sinks?: readonly Sink[];
  readonly telemetry?: Telemetry;
  readonly inFlightWindowsMax?: number;
  readonly latenessMs?: number;
  /** Absent: two gauges. */
  readonly channels?: readonly Channel[];
  readonly idleMs?: number;
  readonly shutdownMs?: number;
  readonly stallMs?: number;
  readonly burst?: number;
  readonly ends?: boolean;
  readonly decoder?: Decoder;
  readonly infer?: (windows: readonly PlanWindow[]) => Promise<readonly (PlanResult | null)[]>;
  readonly onCommit?: (marks: readonly CommitMark[]) => void;
  readonly lateCommits?: boolean;
  readonly window?: Partial<WindowOptions>;
  /** Changes the parts before the pipeline is built from them: faults, observers, planted bugs. */
  /** Work takes time: turns end in the middle of it. */
  readonly turnsEnd?: boolean;
  readonly alter?: (parts: PipelineParts, time: VirtualTime, alive: () => boolean) => PipelineParts;
  /** Absent: a time of its own. Processes that live side by side share one. */
  readonly time?: VirtualTime;
  /** Absent: a FakeSource. */
  readonly sourceOf?: (parts: { readonly clock: VirtualTime; readonly alive: () => boolean }) => Source;
}

/** One process: a pipeline with its source and its clock. What it is given (broker, results, state) outlives it. */
export class World {
  readonly time: VirtualTime;
  readonly source: FakeSource;
  readonly pipeline: Pipeline;
  #alive = true;

  constructor(options: WorldOptions) {
    const { time = new VirtualTime(), turnsEnd = false } = options;
    this.time = time;
    time.lookMs = turnsEnd ? 3 : 0;
    const { rng, results, letters, store } = options;
    const alive = () => this.#alive;
    const pause = async (stepsMax: number): Promise<void> => {
      await time.sleep(10 * rng.integer(stepsMax));
      if (!this.#alive) await new Promise(() => {});
    };
    this.source = new FakeSource({ ...options, clock: time, alive });
    const slowly = (sink: Sink): Sink => ({
      name: sink.name,
      // a crash may fall before or after the delivery is stored
      deliver: async (batch) => {
        await pause(6);
        const refused = await sink.deliver(batch);
        await pause(6);
        return refused;
      },
      close: () => sink.close(),
      health: () => sink.health(),
    });
    const parts: PipelineParts = {
      source: options.sourceOf?.({ clock: time, alive }) ?? this.source,
      decoder: options.decoder ?? lineDecoder,
      sinks: [results, ...(options.sinks ?? [])].map(slowly),
      deadLetters: {
        write: async (batch) => {
          await pause(4);
          await letters.write(batch);
          await pause(4);
        },
        close: async () => {},
      },
      ...rooms(options.channels ?? gauges, { latenessMs: options.latenessMs ?? 0, ...options.window }),
      infer: {
        infer:
          options.infer ??
          (async (windows) => {
            await pause(12);
            return windows.map((window) => (isPoison(window) ? null : fakeResult(window)));
          }),
        modelVersion: 'm1',
        quantileLevels,
        batchWindowsMax: 8,
        batchWaitMsMax: 20,
        batchesMax: 4,
        overload: new Overload({ steps: [], lagMsMax: 1, recoverMs: 1, clock: time, telemetry: silentTelemetry }),
      },
      stateFile:
        store === null
          ? null
          : {
              read: () => store.read(),
              stateOf: (series) => store.stateOf(series),
              write: async (changed) => {
                await pause(3);
                await store.write(changed);
                await pause(3);
              },
            },
      clock: time,
      telemetry: options.telemetry ?? silentTelemetry,
      limits: {
        inFlightWindowsMax: options.inFlightWindowsMax ?? 40,
        seriesMax: 100,
        idleMs: options.idleMs ?? 1_000_000,
        checkpointMs: 100,
        shutdownMs: options.shutdownMs ?? 5000,
        stallMs: options.stallMs ?? 60_000,
      },
    };
    this.pipeline = new Pipeline(options.alter?.(parts, time, alive) ?? parts);
  }

  /** The process is gone: nothing that it does reaches the outside any more. */
  crash(): void {
    this.#alive = false;
  }
}

/** Rows that a plan may be ahead, where there is one. */
export const planRows = 10;

function rooms(channels: readonly Channel[], window: Partial<WindowOptions>) {
  return {
    assembler: new WindowAssembler({
      stepMs,
      length: 8,
      stride,
      latenessMs: 0,
      silentAfterMs: 12 * stepMs,
      seriesMax: 100,
      channels,
      aheadSteps: horizon,
      planAheadMs: planRows * stepMs,
      // the strongest: it changes what later windows say
      drift: { action: 'adapt', blockMs: 12 * stepMs, referenceBlocks: 3 },
      prior: channels.map(() => ({ mean: 0, variance: 1, absMax: 3, weight: 20 })),
      ...window,
    }),
    scorer: new Scorer({
      meanSquared: new Float64Array(channels.length).fill(1),
      referenceScores: Float64Array.from({ length: 40 }, (_, i) => 0.5 + (i % 20) / 20),
      halfLifeSteps: 2,
      slowHalfLifeSteps: 4,
      slowMeanSquared: new Float64Array(channels.length).fill(0.1),
      memoryScores: 60,
      heldOutRowsMax: 6,
      heldOutRatio: 10,
      pValue: 0.05,
      keepPValue: 0.2,
      topChannels: 2,
      seriesMax: 100,
    }),
    forecaster: new Forecaster({
      shape: shapeOf({
        horizon,
        stepMs,
        everySteps: 4,
        units: channels.map(({ min, max }) => ({ transform: 'none', min, max })),
      }),
      rescale: true,
      mixture: true,
      rescaleHalfLifeSteps: 12,
      mixtureHalfLifeSteps: 20,
      seriesMax: 100,
      pendingStatesMax: 8192,
    }),
    tracker: new AlertTracker({
      channels,
      pendingSteps: 2,
      resolveSteps: 2,
      silent: true,
      driftAction: 'retrain',
      topChannels: 2,
      seriesMax: 100,
    }),
  };
}
