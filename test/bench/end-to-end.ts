import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HttpProxy } from '../faults/http-proxy.ts';
import { parseLine } from '../sink/parse-line.ts';
import { readMetrics } from '../soak/read-metrics.ts';
import { eventually, type RunningCli, startCli } from '../support/cli.ts';
import { TestInflux } from '../support/influx.ts';
import { TestKafka } from '../support/kafka.ts';
import { type BenchServers, withServers } from './bench-servers.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import { FleetFeed } from './fleet-feed.ts';

const pipeline = fileURLToPath(new URL('../../pipelines/server-telemetry/pipeline.yaml', import.meta.url));
/** Rows of a window, and between two, of that pipeline. */
const [length, stride] = [96, 4];
const partitions = 8;
const loads = [0.5, 0.7, 0.9];
/** The histogram of the event loop counts the period of its own timer too. */
const timerPeriodMs = 10;

export const endToEnd: Benchmark = {
  name: 'end-to-end',
  summary:
    'Real Kafka, real InfluxDB, `driftcast run` with the packaged model of pipelines/server-telemetry (12 channels, 96 rows, stride 4, a state file), ' +
    'one worker; producer, broker, database, processor and worker share the cores of this machine. Capacity: windows a second of the second half of a ' +
    'backlog. Then windows come at a share of it, 32 series in 8 partitions whose rows are spread over the stride. `latency`: from the ' +
    'moment in which the message that completes a row is given to the Kafka client (with a lateness of 0 the first of the next row of its ' +
    'partition) to the moment in which InfluxDB has acknowledged the score of that row, of the newest row of each window. A reading itself ' +
    'waits longer, by design: up to `row_interval_ms` for the row to be over, and three rows more for the stride.',
  async run(quick): Promise<BenchmarkResult> {
    const result = await withServers(['kafka', 'influxdb'], quick, (servers) => measureOn(servers, quick));
    return typeof result === 'string' ? { keys: {}, rows: [], notes: [`Left out: ${result}.`] } : result;
  },
};

async function measureOn({ broker, influxUrl }: BenchServers, quick: boolean): Promise<BenchmarkResult> {
  const acks = new Map<string, number>(); // of scores, by series and time: when the first was acknowledged
  const kafka = await TestKafka.connect(broker);
  const influx = new TestInflux(influxUrl);
  const proxy = await HttpProxy.listen(influxUrl, (target, body) => {
    if (target.startsWith('/write')) noteScores(body, acks);
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'driftcast-bench-'));
  let cli: RunningCli | null = null;
  try {
    const topic = await kafka.createTopic(partitions);
    const settings = [
      ...[`source.brokers=["${broker}"]`, `source.topics=${topic}`, `source.group=${kafka.groupName()}`],
      ...[`sinks.0.url=http://127.0.0.1:${proxy.port}`, `sinks.0.database=${influx.database}`],
      ...[`dead_letter.brokers=["${broker}"]`, `dead_letter.topic=${kafka.topicName()}`],
      ...[
        `state.path=${path.join(folder, 'state.json')}`,
        'dashboard.port=0',
        'window.lateness_ms=0',
        'infer.workers=1',
      ],
    ];
    const args = ['run', pipeline, ...settings.flatMap((setting) => ['--set', setting])];
    const start = () => {
      cli = startCli(args);
      return cli;
    };
    return await measure({ kafka, topic, acks, start }, quick);
  } finally {
    await stop(cli);
    await proxy.close();
    await influx.drop();
    await kafka.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly kafka: TestKafka;
  readonly topic: string;
  readonly acks: Map<string, number>;
  readonly start: () => RunningCli;
}

async function measure({ kafka, topic, acks, start }: Stage, quick: boolean): Promise<BenchmarkResult> {
  const loadSeconds = quick ? 2 : 14;
  const backlogRows = length + (quick ? 8 : 200);
  const feed = new FleetFeed(
    { partitions, seriesOfPartition: quick ? 1 : 4, rows: backlogRows + (quick ? 400 : 1600), stride },
    Date.now(),
  );
  await feed.sendAtOnce(kafka, topic, 0, backlogRows);
  const cli = start();
  const metricsUrl = await dashboardOf(cli);
  const look = metersOf(metricsUrl);
  await eventually(said(cli, 'no window came'), async () => acks.size > 0);
  await look(); // each tells of the time since the one before
  // the newest window is open: its last row is completed by the next that comes
  const due = feed.seriesCount * Math.floor((backlogRows - length) / stride);
  await eventually(said(cli, 'the backlog is not through'), async () => windowEnds(acks, feed).length >= due);
  const atFullLoad = await look();
  const capacity = rateOfSecondHalf(windowEnds(acks, feed));
  const rows: (Row & { readonly p50_ms: number; readonly p99_ms: number })[] = [];
  let from = backlogRows;
  for (const load of loads) {
    const rate = load * capacity;
    // whole strides, so that each load begins as the one before
    const count = stride * Math.max(2, Math.round((loadSeconds * rate) / feed.seriesCount));
    const to = Math.min(feed.rows - 1, from + count);
    await feed.sendPaced(kafka, topic, from, to, rate);
    const latencies = await latenciesOf(cli, { acks, feed, from, to });
    rows.push({
      load,
      windows_per_s: rate,
      windows: latencies.length,
      row_interval_ms: (1000 * feed.seriesCount) / stride / rate,
      p50_ms: quantile(latencies, 0.5),
      p99_ms: quantile(latencies, 0.99),
      ...(await look()),
    });
    from = to;
  }
  const [at50, at70, at90] = rows;
  return {
    keys: {
      capacity_windows_per_s: capacity,
      event_loop_p99_ms: Math.max(atFullLoad.event_loop_p99_ms, 0.001),
      e2e_p99_ms_at_50: at50.p99_ms,
      e2e_p50_ms_at_70: at70.p50_ms,
      e2e_p99_ms_at_70: at70.p99_ms,
      e2e_p99_ms_at_90: at90.p99_ms,
    },
    rows: [
      ...rows,
      {
        load: 'backlog',
        windows_per_s: capacity,
        windows: due,
        row_interval_ms: '',
        p50_ms: '',
        p99_ms: '',
        ...atFullLoad,
      },
    ],
  };
}

/** What the processor tells of itself: of the time since the look before. */
function metersOf(url: URL) {
  const sums = [
    'infer_ms_sum',
    'infer_ms_count',
    'batch_windows_sum',
    'batch_windows_count',
    'sink_ms_sum',
    'sink_ms_count',
  ] as const;
  let before = new Map<string, number>();
  return async () => {
    const metrics = readMetrics(await (await fetch(url)).text());
    const now = new Map(sums.map((name) => [name, metrics.sum(name)]));
    const since = (name: (typeof sums)[number]) => (now.get(name) ?? 0) - (before.get(name) ?? 0);
    const told = {
      event_loop_p99_ms: Math.max(0, 1000 * metrics.sum('nodejs_eventloop_lag_p99_seconds') - timerPeriodMs),
      windows_a_batch: since('batch_windows_sum') / since('batch_windows_count'),
      worker_ms_a_window: since('infer_ms_sum') / since('batch_windows_sum'),
      sink_ms: since('sink_ms_sum') / since('sink_ms_count'),
    };
    before = now;
    return told;
  };
}

function noteScores(body: Buffer, acks: Map<string, number>): void {
  const nowMs = performance.now();
  for (const line of body.toString('utf8').split('\n')) {
    if (!line.startsWith('driftcast_score,')) continue;
    const { tags, time } = parseLine(line);
    const key = `${Object.fromEntries(tags).series} ${time}`;
    if (!acks.has(key)) acks.set(key, nowMs);
  }
}

/** Acknowledged windows by their newest row: row of the feed, latency, and when. */
function windowEnds(acks: ReadonlyMap<string, number>, feed: FleetFeed) {
  return [...acks].flatMap(([key, ackMs]) => {
    const [series, time] = key.split(' ');
    const completedMs = feed.completedMs(series, Number(time));
    if (!feed.endsWindow(Number(time)) || completedMs === null) return [];
    return [{ row: feed.rowOf(Number(time)), ackMs, latencyMs: ackMs - completedMs }];
  });
}

/** Of windows that end with these rows, but for the last, which nothing completes yet. */
async function latenciesOf(
  cli: RunningCli,
  { acks, feed, from, to }: { acks: ReadonlyMap<string, number>; feed: FleetFeed; from: number; to: number },
): Promise<number[]> {
  const inside = () => windowEnds(acks, feed).filter(({ row }) => row >= from && row < to - 1);
  const due = feed.seriesCount * Math.floor((to - 1 - from) / stride);
  await eventually(said(cli, `not all of ${due} windows came`), async () => {
    await sleep(200);
    return inside().length >= due;
  });
  return inside().map(({ latencyMs }) => latencyMs);
}

/** Windows a second, when everything is warm. Many are acknowledged at once: those of the first such moment took time before it. */
function rateOfSecondHalf(windows: readonly { readonly ackMs: number }[]): number {
  const times = windows.map(({ ackMs }) => ackMs).sort((a, b) => a - b);
  const startMs = times[times.length >> 1];
  const endMs = times[times.length - 1];
  // of tiny inputs all may be acknowledged at once
  if (endMs === startMs) return times.length;
  return (1000 * times.filter((ackMs) => ackMs > startMs).length) / (endMs - startMs);
}

function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))];
}

const said = (cli: RunningCli, what: string) => () => `${what}. The processor said:\n${cli.said().slice(-2000)}`;

async function dashboardOf(cli: RunningCli): Promise<URL> {
  let url = '';
  await eventually(said(cli, 'the processor does not say where its metrics are'), async () => {
    url = /"dashboard":"([^"]+)"/.exec(cli.said())?.[1] ?? '';
    return url !== '';
  });
  return new URL('/metrics', url);
}

async function stop(cli: RunningCli | null): Promise<void> {
  cli?.kill('SIGTERM');
  await cli?.exitWithin(60_000).catch(() => cli.kill('SIGKILL'));
}
