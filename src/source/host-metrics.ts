import type { PlantChannel } from './plant/plant.ts';

/** What `host` reports, in this order. Values are null where the machine does not tell. */
export const hostChannels: readonly PlantChannel[] = [
  { name: 'cpu_user', unit: '%', kind: 'gauge', decimals: 2 },
  { name: 'cpu_system', unit: '%', kind: 'gauge', decimals: 2 },
  { name: 'cpu_iowait', unit: '%', kind: 'gauge', decimals: 2 },
  { name: 'load1', unit: '', kind: 'gauge', decimals: 2 },
  { name: 'mem_used', unit: '%', kind: 'gauge', decimals: 2 },
  { name: 'swap_used', unit: '%', kind: 'gauge', decimals: 2 },
  { name: 'disk_read', unit: 'B/s', kind: 'gauge', decimals: 0 },
  { name: 'disk_write', unit: 'B/s', kind: 'gauge', decimals: 0 },
  { name: 'net_rx', unit: 'B/s', kind: 'gauge', decimals: 0 },
  { name: 'net_tx', unit: 'B/s', kind: 'gauge', decimals: 0 },
  { name: 'procs_running', unit: '', kind: 'gauge', decimals: 0 },
  { name: 'ctxt', unit: '1/s', kind: 'gauge', decimals: 0 },
];

/** Counters since boot and current values; null where the machine does not tell. */
export interface HostSample {
  /** Ticks, any unit; `iowait` is null where the system does not count it. */
  readonly cpu: {
    readonly user: number;
    readonly system: number;
    readonly iowait: number | null;
    readonly total: number;
  } | null;
  readonly load1: number | null;
  readonly memUsedPercent: number | null;
  readonly swapUsedPercent: number | null;
  readonly disk: ReadWrite | null;
  readonly net: ReadWrite | null;
  readonly procsRunning: number | null;
  readonly contextSwitches: number | null;
}

/** Bytes since boot: read and written, or received and sent. */
export interface ReadWrite {
  readonly inBytes: number;
  readonly outBytes: number;
}

const SECTOR_BYTES = 512;
/** Whole disks only: partitions, device mapper, md and loop devices would count the same bytes again. */
const WHOLE_DISK = /^(?:[hsv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;

/** /proc/stat: processor ticks, running processes, context switches. */
export function parseStat(text: string): Pick<HostSample, 'cpu' | 'procsRunning' | 'contextSwitches'> {
  const ticks = numbersAfter(text, 'cpu');
  const [user, nice, system, idle, iowait, irq = 0, softirq = 0, steal = 0] = ticks;
  const total = user + nice + system + idle + iowait + irq + softirq + steal;
  return {
    // Guest time (columns 9 and 10) is part of user and nice already.
    cpu: Number.isFinite(total) ? { user: user + nice, system: system + irq + softirq, iowait, total } : null,
    procsRunning: numbersAfter(text, 'procs_running')[0] ?? null,
    contextSwitches: numbersAfter(text, 'ctxt')[0] ?? null,
  };
}

/** /proc/meminfo: what is used of memory (not counting what can be reclaimed) and swap, percent; no swap is 0 %. */
export function parseMeminfo(text: string): Pick<HostSample, 'memUsedPercent' | 'swapUsedPercent'> {
  const kilobytes = (name: string) => numbersAfter(text, `${name}:`)[0] ?? Number.NaN;
  const used = (total: number, free: number) => (total === 0 ? 0 : finiteOrNull(100 * (1 - free / total)));
  return {
    memUsedPercent: used(kilobytes('MemTotal'), kilobytes('MemAvailable')),
    swapUsedPercent: used(kilobytes('SwapTotal'), kilobytes('SwapFree')),
  };
}

/** /proc/loadavg: the one-minute load. */
export function parseLoadavg(text: string): number | null {
  return finiteOrNull(Number.parseFloat(text));
}

/** /proc/diskstats: bytes read and written, summed over whole disks; null without any. */
export function parseDiskstats(text: string): ReadWrite | null {
  const disks = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 10 && WHOLE_DISK.test(fields[2]));
  return summed(disks.map((fields) => [Number(fields[5]) * SECTOR_BYTES, Number(fields[9]) * SECTOR_BYTES]));
}

/** /proc/net/dev: bytes received and sent, summed over interfaces without the loopback; null without any. */
export function parseNetDev(text: string): ReadWrite | null {
  const interfaces = [...text.matchAll(/^\s*([^\s:]+):\s*(.+)$/gm)].filter(([, name]) => name !== 'lo');
  return summed(
    interfaces.map(([, , counters]) => {
      const fields = counters.trim().split(/\s+/);
      return [Number(fields[0]), Number(fields[8])];
    }),
  );
}

/** [channel] in the order of `hostChannels`: what happened between two samples. Counters that went back count as unknown. */
export function hostRates(before: HostSample, after: HostSample, elapsedMs: number): (number | null)[] {
  const perSecond = (from: number | null | undefined, to: number | null | undefined) =>
    rate(from, to, elapsedMs / 1000);
  const ticks = (after.cpu?.total ?? 0) - (before.cpu?.total ?? 0);
  const percent = (from: number | null | undefined, to: number | null | undefined) => {
    const share = rate(from, to, ticks);
    return share === null ? null : Math.min(100, 100 * share);
  };
  const values = [
    percent(before.cpu?.user, after.cpu?.user),
    percent(before.cpu?.system, after.cpu?.system),
    percent(before.cpu?.iowait, after.cpu?.iowait),
    after.load1,
    after.memUsedPercent,
    after.swapUsedPercent,
    perSecond(before.disk?.inBytes, after.disk?.inBytes),
    perSecond(before.disk?.outBytes, after.disk?.outBytes),
    perSecond(before.net?.inBytes, after.net?.inBytes),
    perSecond(before.net?.outBytes, after.net?.outBytes),
    after.procsRunning,
    perSecond(before.contextSwitches, after.contextSwitches),
  ];
  return values.map((value, c) => (value === null ? null : Number(value.toFixed(hostChannels[c].decimals))));
}

function rate(from: number | null | undefined, to: number | null | undefined, by: number): number | null {
  if (from === null || from === undefined || to === null || to === undefined) return null;
  return to < from || by <= 0 ? null : (to - from) / by;
}

function summed(pairs: readonly (readonly number[])[]): ReadWrite | null {
  if (pairs.length === 0) return null;
  const inBytes = pairs.reduce((sum, [value]) => sum + value, 0);
  const outBytes = pairs.reduce((sum, [, value]) => sum + value, 0);
  return Number.isFinite(inBytes + outBytes) ? { inBytes, outBytes } : null;
}

/** The numbers on the line that starts with a word. */
function numbersAfter(text: string, word: string): number[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${word} `)) ?? word;
  return (line.slice(word.length).match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
