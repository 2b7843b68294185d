import { eventually, startCli } from '../support/cli.ts';
import { TestKafka } from '../support/kafka.ts';
import { plant, plantChannels, plantRows, TinyPipeline } from '../support/tiny-pipeline.ts';
import { Flood } from './flood.ts';
import { type TreeMemory, treeMemory } from './process-tree.ts';
import { type MetricReader, readMetrics } from './read-metrics.ts';

export interface SoakOptions {
  readonly broker: string;
  readonly minutes: number;
  readonly series: number;
  /** How many times as fast as the workers the producer is. */
  readonly factor: number;
  readonly onSample?: (sample: SoakSample) => void;
}

export interface SoakSample {
  readonly second: number;
  readonly memoryMb: TreeMemory;
  /** Messages sent and not read yet. */
  readonly lagMessages: number;
  readonly windowsInFlight: number;
  readonly queueWindows: number;
  readonly windowsDelivered: number;
  readonly sent: number;
  /** Entries of each buffer, and its limit. */
  readonly buffers: Readonly<Record<string, { readonly entries: number; readonly entriesMax: number }>>;
}

export interface SoakResult {
  readonly inFlightWindowsMax: number;
  /** What the workers did a second before the flood, in messages. */
  readonly capacityPerSecond: number;
  readonly producedPerSecond: number;
  readonly consumedPerSecond: number;
  readonly samples: readonly SoakSample[];
  /** Status of the processor after SIGTERM. */
  readonly exitCode: number | null;
}

const inFlightWindowsMax = 64;
const partitions = 2;
const tickMs = 250;
const sampleMs = 5000;
const calibrateMs = 10_000;

/** A window a message, several network calls a window: the workers are the slowest part by far. */
async function makePipeline(): Promise<TinyPipeline> {
  const tiny = await TinyPipeline.create({
    channels: plantChannels,
    stepMs: plant.stepMs,
    source: { type: 'kafka', brokers: ['127.0.0.1:1'], topics: 'none', fetch_wait_ms_max: 200 },
    sinks: [{ type: 'line-protocol', path: 'results.lp' }],
    deadLetter: { type: 'file', path: 'dead.jsonl' },
    more: {
      window: { step_ms: plant.stepMs, length_steps: 32, stride_steps: 1 },
      model: { horizon_steps: 8, forecast_every_steps: 4, quantiles: [0.05, 0.5, 0.95], sampler: { steps: 8 } },
      limits: { in_flight_windows_max: inFlightWindowsMax },
      state: { path: 'state.json', interval_ms: 1000 },
      dashboard: { enabled: true, port: 0 },
    },
  });
  await tiny.train(plantRows(600, { seed: 1 }));
  return tiny;
}

/** Runs the real processor on a topic that grows faster than it can read, and watches it. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const kafka = await TestKafka.connect(options.broker);
  const tiny = await makePipeline();
  const topic = await kafka.createTopic(partitions);
  const flood = new Flood(options.broker, { topic, series: options.series, stepMs: plant.stepMs });
  const settings = [
    `source.brokers=${JSON.stringify([options.broker])}`,
    `source.topics=${topic}`,
    `source.group=${kafka.groupName()}`,
  ];
  const cli = startCli(['run', tiny.file, ...settings.flatMap((setting) => ['--set', setting])]);
  try {
    await flood.start();
    await flood.send(200 * options.series);
    const url = await dashboardOf(cli);
    return { ...(await watch(options, { cli, flood, url })), exitCode: await stop(cli) };
  } finally {
    cli.kill('SIGKILL');
    await flood.close();
    await kafka.close();
    await tiny.remove();
  }
}

type Cli = ReturnType<typeof startCli>;

async function dashboardOf(cli: Cli): Promise<string> {
  let url = '';
  await eventually(
    () => `the processor does not say where its dashboard is:\n${cli.said().slice(-2000)}`,
    async () => {
      url = /"dashboard":"([^"]+)"/.exec(cli.said())?.[1] ?? '';
      return url !== '';
    },
  );
  return url;
}

interface Parts {
  readonly cli: Cli;
  readonly flood: Flood;
  readonly url: string;
}

async function watch(options: SoakOptions, { cli, flood, url }: Parts): Promise<Omit<SoakResult, 'exitCode'>> {
  const metrics = async () => readMetrics(await (await fetch(new URL('/metrics', url))).text());
  await eventually(
    () => 'no window is made',
    async () => (await metrics()).sum('windows_total') > 0,
  );
  const before = await metrics();
  const sinceMs = performance.now();
  await pause(calibrateMs);
  const after = await metrics();
  const capacityPerSecond =
    (1000 * (after.sum('records_total') - before.sum('records_total'))) / (performance.now() - sinceMs);
  const startedMs = performance.now();
  const [sentBefore, readBefore] = [flood.sent, after.sum('records_total')];
  const samples: SoakSample[] = [];
  let last = after;
  while (performance.now() - startedMs < options.minutes * 60_000) {
    const elapsedMs = performance.now() - startedMs;
    const read = Math.max(last.sum('records_total') - readBefore, (capacityPerSecond * elapsedMs) / 1000);
    const due = sentBefore + options.factor * read;
    if (due > flood.sent) await flood.send(Math.ceil(due - flood.sent));
    if (elapsedMs >= samples.length * sampleMs) {
      last = await metrics();
      const sample = sampleOf(last, elapsedMs / 1000, treeMemory(cli.child.pid ?? 0), flood.sent);
      samples.push(sample);
      options.onSample?.(sample);
    }
    await pause(tickMs);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    inFlightWindowsMax,
    capacityPerSecond,
    producedPerSecond: (flood.sent - sentBefore) / seconds,
    consumedPerSecond: (last.sum('records_total') - readBefore) / seconds,
    samples,
  };
}

function sampleOf(metrics: MetricReader, second: number, memoryMb: TreeMemory, sent: number): SoakSample {
  const entries = metrics.by('buffer_entries', 'buffer');
  const entriesMax = metrics.by('buffer_entries_max', 'buffer');
  return {
    second,
    memoryMb,
    lagMessages: sent - metrics.sum('records_total'),
    windowsInFlight: metrics.sum('windows_in_flight'),
    queueWindows: metrics.sum('queue_windows'),
    windowsDelivered: metrics.sum('windows_total') - metrics.sum('windows_in_flight'),
    sent,
    buffers: Object.fromEntries(
      Object.entries(entries).map(([name, value]) => [name, { entries: value, entriesMax: entriesMax[name] ?? 0 }]),
    ),
  };
}

async function stop(cli: Cli): Promise<number | null> {
  cli.kill('SIGTERM');
  return (await cli.exitWithin(60_000)).code;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
