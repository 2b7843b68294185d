import { readFile } from 'node:fs/promises';
import * as os from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { type ComponentContext, defineSource, type Source } from '../core/component.ts';
import { createFeedSource, type FeedItem } from './feed-source.ts';
import {
  type HostSample,
  hostChannels,
  hostRates,
  parseDiskstats,
  parseLoadavg,
  parseMeminfo,
  parseNetDev,
  parseStat,
} from './host-metrics.ts';

export const hostOptions = z.strictObject({
  every_ms: z.number().int().min(100).max(3_600_000).default(5000).describe('Milliseconds between two samples.'),
  series: z.string().min(1).max(200).optional().describe('Name of the series. Default: the host name.'),
});
export type HostOptions = z.output<typeof hostOptions>;

/** Messages for the `json` decoder in wide layout, one a sample; what the machine does not tell is null. */
export const hostSource = defineSource({
  kind: 'source',
  type: 'host',
  summary: "This machine's own metrics: processor, memory, disks, network.",
  options: hostOptions,
  examples: [{}, { every_ms: 10_000, series: 'edge-7' }],
  build: buildHostSource,
});

function buildHostSource(options: HostOptions, context: ComponentContext): Source {
  const { clock } = context;
  const series = options.series ?? os.hostname();
  async function* feed(signal: AbortSignal): AsyncGenerator<FeedItem> {
    for await (const row of hostRows(clock, options.every_ms, signal)) {
      const value = Buffer.from(JSON.stringify(hostMessage(series, row)));
      yield { key: series, value, timestampMs: row.timeMs };
    }
  }
  // Speed 0: the samples come in real time by themselves.
  return createFeedSource({ topic: 'host', clock, speed: 0, open: feed, progress: () => null });
}

export interface HostRow {
  readonly timeMs: number;
  /** [channel] in the order of `hostChannels`. */
  readonly values: readonly (number | null)[];
}

export function hostMessage(series: string, row: HostRow): Record<string, number | string | null> {
  const cells = hostChannels.map(({ name }, c) => [name, row.values[c]] as const);
  return { time: row.timeMs, series, ...Object.fromEntries(cells) };
}

/**
 * A row every `everyMs` until the signal aborts; the first one comes after `everyMs`, since rates need two samples. When the
 * reader was busy the next row covers the longer time and none is made up.
 */
export async function* hostRows(
  clock: Clock,
  everyMs: number,
  signal: AbortSignal,
  procPath = '/proc',
): AsyncGenerator<HostRow> {
  let before = await sampleHost(procPath);
  let beforeMs = clock.monotonicMs();
  let dueMs = beforeMs;
  for (;;) {
    dueMs = Math.max(dueMs + everyMs, beforeMs + everyMs / 2);
    await clock.sleep(Math.max(0, dueMs - clock.monotonicMs()), signal);
    if (signal.aborted) return;
    const after = await sampleHost(procPath);
    const afterMs = clock.monotonicMs();
    yield { timeMs: clock.nowMs(), values: hostRates(before, after, afterMs - beforeMs) };
    before = after;
    beforeMs = afterMs;
  }
}

/** Counters and values of this moment, from the files of `procPath`; what is absent there comes from node:os, or is null. */
export async function sampleHost(procPath: string): Promise<HostSample> {
  const read = (name: string) => readFile(join(procPath, name), 'utf8').catch(() => null);
  const names = ['stat', 'meminfo', 'loadavg', 'diskstats', 'net/dev'];
  const [stat, meminfo, loadavg, diskstats, netDev] = await Promise.all(names.map(read));
  const memory = meminfo === null ? null : parseMeminfo(meminfo);
  return {
    ...(stat === null ? { cpu: osCpu(), procsRunning: null, contextSwitches: null } : parseStat(stat)),
    load1: loadavg === null ? os.loadavg()[0] : parseLoadavg(loadavg),
    memUsedPercent: memory === null ? 100 * (1 - os.freemem() / os.totalmem()) : memory.memUsedPercent,
    swapUsedPercent: memory === null ? null : memory.swapUsedPercent,
    disk: diskstats === null ? null : parseDiskstats(diskstats),
    net: netDev === null ? null : parseNetDev(netDev),
  };
}

function osCpu(): HostSample['cpu'] {
  const sums = { user: 0, system: 0, total: 0 };
  for (const { times } of os.cpus()) {
    sums.user += times.user + times.nice;
    sums.system += times.sys + times.irq;
    sums.total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return sums.total === 0 ? null : { ...sums, iowait: null };
}
