import type { FaultAt, FaultKind } from './fault-schedule.ts';

export const SERVER_FAULTS: readonly FaultKind[] = [
  { kind: 'memory_leak', channels: () => ['mem_used', 'disk_read', 'latency_p95'], detectWithinShare: 0.7 },
  {
    kind: 'disk_saturation',
    channels: () => ['cpu_iowait', 'disk_write', 'load1', 'latency_p95'],
    detectWithinShare: 0.3,
  },
  {
    kind: 'traffic_surge',
    channels: () => ['net_rx', 'tcp_established', 'cpu_system', 'latency_p95'],
    detectWithinShare: 0.3,
  },
  { kind: 'stuck_process', channels: () => ['cpu_user', 'cpu_iowait', 'load1'], detectWithinShare: 0.3 },
  { kind: 'dead_network', channels: () => ['net_rx', 'net_tx', 'tcp_established', 'requests'], detectWithinShare: 0.2 },
];

/** How a fault changes a server; all zero (and `reachable` 1) where it does not. */
export interface ServerEffect {
  /** Percentage points of memory that nobody gives back. */
  readonly leakedPercent: number;
  /** kB/s written by something that should not. */
  readonly extraWrite: number;
  readonly extraIowait: number;
  /** Half-open connections a second that never become requests. */
  readonly synFlood: number;
  /** Percent of the CPU burnt by a process that does nothing useful. */
  readonly burntCpu: number;
  /** Share of the traffic that gets through. */
  readonly reachable: number;
}

const HEALTHY: ServerEffect = {
  leakedPercent: 0,
  extraWrite: 0,
  extraIowait: 0,
  synFlood: 0,
  burntCpu: 0,
  reachable: 1,
};

export function serverEffect(at: FaultAt | null): ServerEffect {
  if (at === null) return HEALTHY;
  const { kind, severity } = at.fault;
  switch (kind) {
    case 'memory_leak':
      return { ...HEALTHY, leakedPercent: (28 + 14 * severity) * at.progress };
    case 'disk_saturation':
      return { ...HEALTHY, extraWrite: 52_000 + 20_000 * severity, extraIowait: 14 + 10 * severity };
    case 'traffic_surge':
      return { ...HEALTHY, synFlood: 900 + 700 * severity };
    case 'stuck_process':
      return { ...HEALTHY, burntCpu: 24 + 8 * severity, extraIowait: 6 + 5 * severity };
    case 'dead_network':
      return { ...HEALTHY, reachable: 0.01 };
    default:
      throw new RangeError(`unknown server fault ${kind}`);
  }
}
