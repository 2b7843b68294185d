import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import type { PlanWindow } from '../../src/infer/plan.ts';
import { WorkerPool } from '../../src/infer/pool.ts';
import { planOptionsOf } from '../../src/topology/plan-options.ts';
import { BenchChild } from './bench-child.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import type { RowsJob, RowsReply } from './rows-child.ts';

const served = fileURLToPath(new URL('../../pipelines/server-telemetry/pipeline.yaml', import.meta.url));
const mib = 2 ** 20;
/** Of the states that memory is measured with: longer than the scores that are remembered, so that no series has still to grow. */
const agedRows = 7200;
/** Enough for the newest forecasts to be pending again. */
const feedRows = 24;
/** As in a pipeline that does not say otherwise. */
const snapshotMs = 5000;

export const scaling: Benchmark = {
  name: 'scaling',
  summary:
    'Rows `workers`: windows a second of the packaged model of pipelines/server-telemetry (12 channels) through the pool, in batches of 32; the workers and ' +
    'what asks them share the cores. Rows `channels` and `series`: the main process without bytes in and without the network: window room, ' +
    'score, forecast layer, alerts, states, and the lines that InfluxDB gets, for one window (96 rows, stride 4, 24 rows ahead every 8, results made ' +
    'up); each in a process of its own. `resident_mib` of rows `memory`: with a state file, every memory of a series full (states of 7,200 rows), ' +
    'all series alive, garbage collected; `peak_mib`: the most, reading and writing snapshots included. `bytes_a_series` is the slope between two of them.',
  async run(quick): Promise<BenchmarkResult> {
    const folder = await mkdtemp(path.join(tmpdir(), 'driftcast-bench-'));
    try {
      const workers = await workerRows(quick);
      const channels = await channelRows(quick);
      const memory = await memoryRows(folder, quick);
      return {
        keys: { ...workers.keys, ...channels.keys, ...memory.keys },
        rows: [...workers.rows, ...channels.rows, ...memory.rows],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Part {
  readonly keys: Record<string, number>;
  readonly rows: Row[];
}

/** All rows of the table have the same columns. */
const row = (
  what: string,
  count: number | string,
  of: Partial<
    Record<'windows_per_s' | 'main_thread_ms_a_window' | 'resident_mib' | 'peak_mib' | 'bytes_a_series', number>
  >,
): Row => ({
  what,
  of: count,
  windows_per_s: of.windows_per_s ?? '',
  main_thread_ms_a_window: of.main_thread_ms_a_window ?? '',
  resident_mib: of.resident_mib ?? '',
  peak_mib: of.peak_mib ?? '',
  bytes_a_series: of.bytes_a_series ?? '',
});

async function workerRows(quick: boolean): Promise<Part> {
  const rates = new Map<number, number>();
  for (const workers of [1, 2]) rates.set(workers, await poolRate(workers, quick ? 8 : 512));
  const [one, two] = [rates.get(1) as number, rates.get(2) as number];
  return {
    keys: { workers_1_windows_per_s: one, workers_2_windows_per_s: two, workers_2_over_1: two / one },
    rows: [...rates].map(([workers, rate]) => row('workers', workers, { windows_per_s: rate })),
  };
}

async function poolRate(workers: number, windows: number): Promise<number> {
  const { config, resolvePath } = loadPipeline(served, { registry, env: {} });
  const load = {
    kind: 'load',
    modelDir: resolvePath(config.model.path),
    engine: 'onnx',
    gpuVisible: false,
    options: planOptionsOf(config),
  } as const;
  const pool = new WorkerPool({
    workers,
    isolation: 'process',
    load,
    attemptsMax: 1,
    timeoutMs: 60_000,
    clock: systemClock,
    telemetry: silentTelemetry,
  });
  await pool.start();
  try {
    const batchSize = Math.min(windows, config.infer.batch_windows_max);
    const batch = planWindows(
      batchSize,
      config.window.length_steps,
      config.window.stride_steps,
      config.channels.length,
    );
    const round = (count: number) => Promise.all(Array.from({ length: count }, () => pool.infer(batch)));
    await round(2 * workers); // both are up and warm
    const startMs = performance.now();
    await round(Math.ceil(windows / batchSize));
    return (1000 * batchSize * Math.ceil(windows / batchSize)) / (performance.now() - startMs);
  } finally {
    await pool.close();
  }
}

function planWindows(count: number, length: number, newRows: number, channels: number): PlanWindow[] {
  const rng = createRng(1);
  return Array.from({ length: count }, (_, i) => ({
    series: `bench-${i}`,
    endMs: (4 * i + 3) * 60_000,
    newRows,
    observedFraction: 1,
    values: Float64Array.from({ length: length * channels }, () => 20 + rng.normal()),
    location: new Float64Array(channels).fill(20),
    scale: new Float64Array(channels).fill(1),
  }));
}

async function channelRows(quick: boolean): Promise<Part> {
  const cases = quick
    ? [[1, 2, 120]]
    : [
        [1, 20, 700],
        [8, 20, 400],
        [38, 8, 300],
        [128, 4, 250],
      ];
  const part: Part = { keys: {}, rows: [] };
  for (const [channels, series, rows] of cases) {
    const ms = await mainThreadMs({ channels, series, rows }, quick ? 1 : 2);
    part.keys[`main_thread_ms_a_window_channels_${channels}`] = ms;
    part.rows.push(row('channels', channels, { main_thread_ms_a_window: ms }));
  }
  for (const series of quick ? [10] : [10, 100, 1000]) {
    const ms = await mainThreadMs({ channels: 8, series, rows: series < 1000 ? 96 + 4000 / series : 112 }, 2);
    part.keys[`main_thread_ms_a_window_series_${series}`] = ms;
    part.rows.push(row('series', series, { main_thread_ms_a_window: ms }));
  }
  return part;
}

/** CPU of all threads for one window, when the code is warm: the least of some rounds. */
async function mainThreadMs(
  feed: { readonly channels: number; readonly series: number; readonly rows: number },
  rounds: number,
): Promise<number> {
  const child = rowsChild();
  let least = Number.POSITIVE_INFINITY;
  try {
    for (let round = 0; round <= rounds; round++) {
      const { cpuMs, windows } = await child.ask({ kind: 'feed', file: null, snapshotMs, firstRow: 0, ...feed });
      if (round > 0) least = Math.min(least, cpuMs / windows);
    }
  } finally {
    child.close();
  }
  return least;
}

async function memoryRows(folder: string, quick: boolean): Promise<Part> {
  const part: Part = { keys: {}, rows: [] };
  const cases = quick
    ? [[2, 5, 20]]
    : [
        [1, 200, 1000],
        [8, 1000, 10_000],
        [38, 50, 200],
      ];
  for (const [channels, few, many] of cases) {
    const [less, more] = await held(folder, channels, [few, many], quick);
    const slope = Math.max(1, (more.residentBytes - less.residentBytes) / (many - few));
    part.keys[`bytes_a_series_channels_${channels}`] = slope;
    const tell = (series: number, { residentBytes, peakBytes, cpuMs, windows }: RowsReply, bytes?: number) =>
      row('memory', `${series} series of ${channels}`, {
        main_thread_ms_a_window: cpuMs / windows,
        resident_mib: residentBytes / mib,
        peak_mib: peakBytes / mib,
        ...(bytes === undefined ? {} : { bytes_a_series: bytes }),
      });
    part.rows.push(tell(few, less), tell(many, more, slope));
    if (channels !== 8) continue;
    part.keys.resident_mib_10000_series_8_channels = more.residentBytes / mib;
    part.keys.peak_mib_10000_series_8_channels = more.peakBytes / mib;
  }
  return part;
}

/** Processes that go on from state files of so many series, all of them heard. */
async function held(folder: string, channels: number, counts: readonly number[], quick: boolean): Promise<RowsReply[]> {
  const files = counts.map((series) => ({ series, file: path.join(folder, `state-${channels}-${series}.json`) }));
  const rows = quick ? 120 : agedRows;
  const ask = async (job: RowsJob): Promise<RowsReply> => {
    const child = rowsChild();
    try {
      return await child.ask(job);
    } finally {
      child.close();
    }
  };
  await ask({ kind: 'age', channels, rows, files });
  const replies: RowsReply[] = [];
  for (const { file, series } of files) {
    const feed = { channels, series, firstRow: rows, rows: feedRows };
    replies.push(await ask({ kind: 'feed', file, snapshotMs: quick ? 200 : snapshotMs, ...feed }));
    await rm(file);
  }
  return replies;
}

const rowsChild = () =>
  new BenchChild<RowsJob, RowsReply>(
    'a main process',
    new URL('./rows-child.ts', import.meta.url),
    [],
    ['--expose-gc'],
  );
