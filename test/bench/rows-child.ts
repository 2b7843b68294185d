import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineConfig } from '../../src/config/pipeline-schema.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Sink } from '../../src/core/component.ts';
import type { SeriesState } from '../../src/core/series-state.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { encodeOutcomes } from '../../src/sink/encode-outcomes.ts';
import { componentContext } from '../../src/topology/component-context.ts';
import { StateFile } from '../../src/topology/state-file.ts';
import type { StateStore } from '../../src/topology/state-store.ts';
import { serveJobs } from './bench-child.ts';
import { benchConfig, benchPipeline } from './bench-pipeline.ts';
import { type RowFeed, rowSource, seriesName } from './row-source.ts';
import { stubResults } from './stub-results.ts';

// A process of the benchmark `scaling`: everything that `driftcast run` does in its main process, but for bytes in and the network.

export type RowsJob =
  /** State files, each of so many series that have been there for `rows` rows. */
  | {
      readonly kind: 'age';
      readonly channels: number;
      readonly rows: number;
      readonly files: readonly { readonly file: string; readonly series: number }[];
    }
  /** Rows; with a state file that is read before and written in between. */
  | ({ readonly kind: 'feed'; readonly file: string | null; readonly snapshotMs: number } & RowFeed);

export interface RowsReply {
  readonly windows: number;
  readonly cpuMs: number;
  /** With all series alive, garbage collected: what the process holds. */
  readonly residentBytes: number;
  /** The most since the process began. */
  readonly peakBytes: number;
}

const modelVersion = 'bench';
const agingSnapshotMs = 500;

serveJobs<RowsJob, RowsReply>(async (job) => {
  if (job.kind === 'feed')
    return run(job, job.snapshotMs, job.file === null ? null : new StateFile(job.file, modelVersion));
  let aged: SeriesState | undefined;
  const memory: StateStore = {
    async *read() {},
    stateOf: () => aged ?? null,
    write: async (changed) => {
      aged = changed.get(seriesName(0)) ?? undefined;
    },
  };
  const reply = await run({ channels: job.channels, series: 1, firstRow: 0, rows: job.rows }, agingSnapshotMs, memory);
  if (aged === undefined) throw new Error('no state was taken');
  const state = aged;
  for (const { file, series } of job.files) {
    const names = Array.from({ length: series }, (_, s) => seriesName(s));
    const store = new StateFile(file, modelVersion);
    await store.write(new Map(names.map((name) => [name, state])));
    await store.close();
  }
  return reply;
});

async function run(feed: RowFeed, snapshotMs: number, store: StateStore | null): Promise<RowsReply> {
  const config = benchConfig({
    channels: feed.channels,
    seriesMax: feed.series,
    more: { state: { path: 'state', interval_ms: snapshotMs } },
  });
  const { sink, told } = encodingSink(config);
  const held = { residentBytes: 0, peakBytes: 0 };
  const { source, decoder } = rowSource(feed, async () => {
    while (pipeline.inFlight > 0) await sleep(20);
    // a snapshot may have begun before; the one after it has everything
    if (store !== null) await sleep(2.5 * snapshotMs);
    held.peakBytes = peakBytes();
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    held.residentBytes = process.memoryUsage().rss;
  });
  const pipeline = benchPipeline(config, {
    ...{ source, decoder, sinks: [sink], infer: stubResults(stubOptionsOf(config)) },
    ...(store === null ? {} : { stateFile: store }),
  });
  const start = process.cpuUsage();
  await pipeline.run();
  const { user, system } = process.cpuUsage(start);
  return { windows: told.windows, cpuMs: (user + system) / 1000, ...held };
}

/** Makes the lines that InfluxDB would get, and drops them. */
function encodingSink(config: PipelineConfig) {
  const context = componentContext(config, systemClock, (path) => path, silentTelemetry);
  const told = { windows: 0 };
  const sink: Sink = {
    name: 'lines',
    deliver: async (batch) => {
      told.windows += batch.length;
      return (await encodeOutcomes(batch, context)).rejected;
    },
    close: async () => {},
    health: () => ({ ok: true, detail: '' }),
  };
  return { sink, told };
}

const stubOptionsOf = ({ channels, window, model }: PipelineConfig) => ({
  channels: channels.length,
  length: window.length_steps,
  newRows: window.stride_steps,
  stepMs: window.step_ms,
  horizon: model.horizon_steps,
  forecastEverySteps: model.forecast_every_steps,
  quantiles: model.quantiles,
});

function peakBytes(): number {
  const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return 1024 * Number(kib);
}
